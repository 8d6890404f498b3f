/*
 * The life of partitions: what becomes of one, and when. All of it is decided on the partition's
 * home core, the core of its first vCPU. Another core leaves word there (word/life.h).
 * docs/lifecycle.md has the states and the order of things.
 */
#ifndef LIFE_LIFE_H
#define LIFE_LIFE_H

#include <frame/types.h>
#include <kumiki/life.h>
#include <kumiki/report.h>

struct partition;

/* On its home core, once: it starts, unless it waits for others or for a command. */
void life_begin(struct partition *partition);

/* The machine is to be switched off now; on the console's core, which knows whether it has said all
 * that there is. */
bool life_is_over(bool all_said);

/* The word was taken. */
void life_message(struct partition *partition, uint32_t message);

/* The time has come that it waits for. */
void life_due(struct partition *partition);

/* The loader's answer. */
void life_loaded(struct partition *partition, uint64_t status);

/* Its loader failed, by itself. */
void life_loader_failed(struct partition *partition, uint64_t syndrome, uint64_t address);

/* It has stood still since its last vCPU was parked, and is about to go on. On its home core. */
void life_stood(struct partition *partition);

#endif
