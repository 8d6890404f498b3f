/*
 * What a partition may ask of others' lives: by hypercall, or by its panel.
 */
#ifndef DEVICES_MANAGER_H
#define DEVICES_MANAGER_H

#include <frame/types.h>
#include <kumiki/life.h>

struct partition;

/* The life of partition `index`, if it is the asker's own or it manages it; else NULL. Its state is
 * to be read first, atomically: what goes with it is written before. */
const struct life_status *manager_status(const struct partition *asker, uint64_t index);

/* Leaves word with it: 0, or an error of kumiki/hypercall.h. */
int64_t manager_command(const struct partition *asker, uint64_t index, uint64_t command);
int64_t manager_move(const struct partition *asker, uint64_t index, uint64_t vcpu, uint64_t core);

/* hold_ask(), for what it manages and for itself. */
int64_t manager_hold(const struct partition *asker, uint64_t at_core, uint64_t to, uint64_t time);

/* The enum power_policy that held, or an error. */
int64_t manager_power(const struct partition *asker, uint64_t policy);

#endif
