/*
 * The world of tests about brokers: three partitions that a channel joins. Partition 0 has its home
 * on core 0 and a second vCPU on core 1; partition 1 is on core 2, partition 2 on core 3.
 */
#ifndef UNIT_FRAME_BROKERS_H
#define UNIT_FRAME_BROKERS_H

#include "cores.h"
#include <state/partition.h>

/* Registers of an end. */
#define BROKERS_NOTIFY 0x050
#define BROKERS_STATUS 0x060
#define BROKERS_ACK    0x064
#define BROKERS_DEVICE 0x070
#define BROKERS_OTHER  0x070 /* which the broker answers */

#define CPU_ON 0xc4000003u

/* Begins the machine. All vCPUs run, and each broker has done its first look. */
void brokers_begin(void);

/* The brokers rest until there is no work. */
void brokers_quiet(void);

struct broker *brokers_at(uint32_t partition);
/* This core runs the broker of this partition. */
bool brokers_runs(uint32_t number, uint32_t partition);
/* The interrupt of this partition's end. */
uint64_t brokers_line(uint32_t partition);

/*
 * A guest's access to its end, as an instruction at `pc`. True: it is done, and brokers_read is the
 * value that it read.
 */
bool brokers_guest_reads(uint32_t number, uint32_t offset, uint64_t pc);
bool brokers_guest_writes(uint32_t number, uint32_t offset, uint64_t value);
extern uint64_t brokers_read;

/* Calls of the broker that this core runs. */
void brokers_rest(uint32_t number, uint64_t interrupts, uint64_t looks);
void brokers_rest_until(uint32_t number, uint64_t when);
void brokers_answer(uint32_t number, uint64_t value);

#endif
