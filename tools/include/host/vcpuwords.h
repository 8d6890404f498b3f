/*
 * A vCPU's own priorities and times, in words.
 */
#ifndef HOST_VCPUWORDS_H
#define HOST_VCPUWORDS_H

#include <host/model.h>
#include <kumiki/bundle.h>

#define VCPUWORDS_SIZE 320

/* The same for a vCPU of a bundle. */
struct bundle_vcpu vcpuwords_entry(const struct model_vcpu *vcpu);

/* "; priority 200; at most 2000 us in 10000 us"; "" if it has only its partition's priority. */
const char *vcpuwords(char text[VCPUWORDS_SIZE], const struct bundle_vcpu *vcpu,
                      uint32_t partition_priority);

#endif
