/*
 * What `kumiki check`, `show`, `draw` and `rtos` say of a system in the same words.
 */
#ifndef HOST_SAY_H
#define HOST_SAY_H

#include <host/model.h>
#include <kumiki/bundle.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* ---- sizes, as people write them ---- */

#define UNITS_SIZE 48

/* Writes a size like "512 MiB", "1.5 KiB" or "17 bytes". If no unit gives an exact number, the text
 * has "~" and one decimal place. */
const char *units_size(char text[UNITS_SIZE], uint64_t bytes);

/* ---- what follows when a partition ends without a command ---- */

#define POLICY_SIZE 160

/* Writes words like "restart at a crash; by itself at most 5 times in 60 s, then stop" into a
 * buffer of POLICY_SIZE, and returns it. `never`: the partition has kumiki,no-restart. */
const char *policy_text(char *text, const struct bundle_life *life, bool never);

/* ---- power policies ---- */

/* Words like "balanced at start; 22:00 powersave, 06:30 balanced (UTC)". "": all cores stay on. */
#define POWERPLAN_SIZE 320
const char *powerplan_words(char words[POWERPLAN_SIZE], const struct bundle_power *power);

/* The cores that are on under every policy while each vCPU is where it starts. The mask has a bit
 * for each index. */
uint32_t powerplan_fewest(const struct model *model);

/* ---- cores that move without a command ---- */

/* The partitions in their order. `moving` has a bit for each that gives or gets cores. */
struct shiftplan {
	const char *name[BUNDLE_PARTITIONS_MAX];
	uint32_t partitions, moving;
};

/* Words like "by load; 22:00 core 2 to worker, 06:30 core 2 to nobody (UTC); never below linux 2,
 * worker 1". "": cores move only by command. */
#define SHIFTPLAN_SIZE 1024
const char *shiftplan_words(char words[SHIFTPLAN_SIZE], const struct shiftplan *plan,
                            const struct bundle_shift *shift);

/* ---- a vCPU's own priorities and times ---- */

#define VCPUWORDS_SIZE 320

/* Makes a bundle's entry from a vCPU of a model. */
struct bundle_vcpu vcpuwords_entry(const struct model_vcpu *vcpu);

/* Words like "; priority 200; at most 2000 us in 10000 us". "": the vCPU has only its partition's
 * priority. */
const char *vcpuwords(char text[VCPUWORDS_SIZE], const struct bundle_vcpu *vcpu,
                      uint32_t partition_priority);

#endif
