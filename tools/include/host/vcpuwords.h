/*
 * What is out of the ordinary of a vCPU, in words: its urgency and its times.
 */
#ifndef HOST_VCPUWORDS_H
#define HOST_VCPUWORDS_H

#include <host/model.h>
#include <kumiki/bundle.h>

#define VCPUWORDS_SIZE 320

/* As it stands in a bundle. */
struct bundle_vcpu vcpuwords_entry(const struct model_vcpu *vcpu);

/* "; priority 200; at most 2000 us in 10000 us"; "" if it is as its partition is. */
const char *vcpuwords(char text[VCPUWORDS_SIZE], const struct bundle_vcpu *vcpu,
                      uint32_t partition_priority);

#endif
