/*
 * The panel of a partition (kumiki/panel.h): registers, and one level interrupt. All of it is for
 * one caller at a time (devices_take()).
 */
#ifndef DEVICES_PANEL_H
#define DEVICES_PANEL_H

#include <state/panel.h>

struct partition;

/* As after reset: the partition starts. */
void panel_reset(struct partition *partition);

/* By offset from its registers' BAR. Size is 1, 2, 4 or 8. */
uint64_t panel_read(const struct partition *partition, uint32_t offset, uint32_t size);
void panel_write(struct partition *partition, uint32_t offset, uint32_t size, uint64_t value);

/* Does anything ask for its interrupt, masked or not? */
bool panel_asks(const struct partition *partition);

/* Its line, after something of it has changed. */
void panel_evaluate(struct partition *partition);

/* Bits of PENDING have come. */
void panel_hear(struct partition *partition, uint32_t bits);

#endif
