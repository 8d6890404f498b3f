/*
 * The panel of a partition (kumiki/panel.h): registers, and one level interrupt. The callers have
 * taken the devices (devices_take()).
 */
#ifndef DEVICES_PANEL_H
#define DEVICES_PANEL_H

#include <state/panel.h>

struct partition;

/* Resets the panel, as the partition starts. */
void panel_reset(struct partition *partition);

/* Registers, by offset from their BAR. Size is 1, 2, 4 or 8. */
uint64_t panel_read(const struct partition *partition, uint32_t offset, uint32_t size);
void panel_write(struct partition *partition, uint32_t offset, uint32_t size, uint64_t value);

/* True: an enabled bit of PENDING is set, and so asks for the panel's interrupt, masked or not. */
bool panel_asks(const struct partition *partition);

/* Sets the panel's line, after its state has changed. */
void panel_evaluate(struct partition *partition);

/* Sets bits of PENDING. */
void panel_hear(struct partition *partition, uint32_t bits);

#endif
