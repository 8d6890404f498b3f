/*
 * The two sets beside a vCPU's list registers. The waiting set has interrupts that wait for a list
 * register; they are taken by priority, then by number. The evicted set has active interrupts that
 * had to leave their list register. An interrupt is in at most one of the two. Each function takes
 * constant time.
 */
#ifndef VGIC_SETS_H
#define VGIC_SETS_H

#include <state/vgic.h>

#define VGIC_LEVEL(priority)       ((uint8_t)((priority) >> 3))
#define VGIC_LEVEL_PRIORITY(level) ((uint8_t)((level) << 3))

static inline void waiting_add(struct vgic_cpu *own, uint32_t intid, uint32_t level)
{
	struct vgic_waiting *w = &own->waiting;

	w->bits[level][intid / 32] |= 1u << intid % 32;
	w->words[level] |= 1u << intid / 32;
	w->levels |= 1u << level;
	w->all[intid / 32] |= 1u << intid % 32;
	own->level[intid] = (uint8_t)level;
}

static inline bool waiting_has(const struct vgic_cpu *own, uint32_t intid)
{
	return (own->waiting.all[intid / 32] >> intid % 32 & 1) != 0;
}

static inline void waiting_remove(struct vgic_cpu *own, uint32_t intid)
{
	struct vgic_waiting *w = &own->waiting;
	uint32_t level = own->level[intid];

	w->all[intid / 32] &= ~(1u << intid % 32);
	w->bits[level][intid / 32] &= ~(1u << intid % 32);
	if (w->bits[level][intid / 32] == 0)
		w->words[level] &= ~(1u << intid / 32);
	if (w->words[level] == 0)
		w->levels &= ~(1u << level);
}

/* Returns the most urgent waiting interrupt. There is one. */
static inline uint32_t waiting_first(const struct vgic_cpu *own)
{
	const struct vgic_waiting *w = &own->waiting;
	uint32_t level = (uint32_t)__builtin_ctz(w->levels);
	uint32_t word = (uint32_t)__builtin_ctz(w->words[level]);

	return word * 32 + (uint32_t)__builtin_ctz(w->bits[level][word]);
}

/* Removes all private interrupts from both sets. */
static inline void sets_forget_private(struct vgic_cpu *own)
{
	struct vgic_waiting *w = &own->waiting;
	struct vgic_evicted *e = &own->evicted;

	for (uint32_t levels = w->levels; levels != 0; levels &= levels - 1) {
		uint32_t level = (uint32_t)__builtin_ctz(levels);

		w->bits[level][0] = 0;
		w->words[level] &= ~1u;
		if (w->words[level] == 0)
			w->levels &= ~(1u << level);
	}
	for (uint32_t levels = e->levels; levels != 0; levels &= levels - 1)
		if (e->at[__builtin_ctz(levels)] < VGIC_PRIVATE)
			e->levels &= ~(levels & -levels);
	w->all[0] = e->all[0] = 0;
	e->words &= ~1u;
}

static inline void evicted_add(struct vgic_cpu *own, uint32_t intid, uint32_t level)
{
	struct vgic_evicted *e = &own->evicted;

	e->all[intid / 32] |= 1u << intid % 32;
	e->words |= 1u << intid / 32;
	e->levels |= 1u << level;
	e->at[level] = (uint16_t)intid;
	own->level[intid] = (uint8_t)level;
}

static inline bool evicted_has(const struct vgic_cpu *own, uint32_t intid)
{
	return (own->evicted.all[intid / 32] >> intid % 32 & 1) != 0;
}

static inline void evicted_remove(struct vgic_cpu *own, uint32_t intid)
{
	struct vgic_evicted *e = &own->evicted;
	uint32_t level = own->level[intid];

	e->all[intid / 32] &= ~(1u << intid % 32);
	if (e->all[intid / 32] == 0)
		e->words &= ~(1u << intid / 32);
	if (e->at[level] == intid)
		e->levels &= ~(1u << level);
}

/*
 * Returns the evicted interrupt that the guest ends next, if it ends them in the order of priority.
 * If no level has such an interrupt, returns any. Of each level only the interrupt that was evicted
 * last may still have to drop its priority.
 */
static inline uint32_t evicted_first(const struct vgic_cpu *own)
{
	const struct vgic_evicted *e = &own->evicted;
	uint32_t word;

	if (e->levels != 0)
		return e->at[__builtin_ctz(e->levels)];
	word = (uint32_t)__builtin_ctz(e->words);
	return word * 32 + (uint32_t)__builtin_ctz(e->all[word]);
}

#endif
