/*
 * What a manager may ask and command: by hypercall, or by its panel.
 */
#ifndef DEVICES_MANAGER_H
#define DEVICES_MANAGER_H

#include <frame/types.h>
#include <kumiki/life.h>

struct partition;

/* Returns the life of partition `index`, if that is the asker's own or one that the asker manages;
 * otherwise 0. The caller reads the state first, atomically: the other fields are written before
 * it. */
const struct life_status *manager_status(const struct partition *asker, uint64_t index);

/* Commands a partition, or moves its vCPU, by a message. 0, or an error of kumiki/hypercall.h. */
int64_t manager_command(const struct partition *asker, uint64_t index, uint64_t command);
int64_t manager_move(const struct partition *asker, uint64_t index, uint64_t vcpu, uint64_t core);

/* hold_ask() for the asker and the partitions that it manages. */
int64_t manager_hold(const struct partition *asker, uint64_t at_core, uint64_t to, uint64_t time);

/* Sets the power policy, unless it is KUMIKI_POWER_SAME. Returns the enum power_policy that held
 * before, or an error. */
int64_t manager_power(const struct partition *asker, uint64_t policy);

#endif
