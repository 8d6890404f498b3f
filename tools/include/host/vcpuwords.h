/*
 * A vCPU's own priorities and times, in words.
 */
#ifndef HOST_VCPUWORDS_H
#define HOST_VCPUWORDS_H

#include <host/model.h>
#include <kumiki/bundle.h>

#define VCPUWORDS_SIZE 320

/* Makes a bundle's entry from a vCPU of a model. */
struct bundle_vcpu vcpuwords_entry(const struct model_vcpu *vcpu);

/* Words like "; priority 200; at most 2000 us in 10000 us". "": the vCPU has only its partition's
 * priority. */
const char *vcpuwords(char text[VCPUWORDS_SIZE], const struct bundle_vcpu *vcpu,
                      uint32_t partition_priority);

#endif
