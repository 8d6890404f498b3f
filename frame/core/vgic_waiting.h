/* Interrupts that wait for a list register: taken by priority, then by number; constant time. */
#ifndef VGIC_WAITING_H
#define VGIC_WAITING_H

#include <frame/vgic.h>

#define VGIC_LEVEL(priority) ((uint8_t)((priority) >> 3))

static inline void waiting_add(struct vgic_waiting *w, uint32_t intid, uint8_t priority)
{
	uint32_t level = VGIC_LEVEL(priority);

	w->bits[level][intid / 32] |= 1u << intid % 32;
	w->words[level] |= 1u << intid / 32;
	w->levels |= 1u << level;
	w->level[intid] = (uint8_t)level;
}

static inline bool waiting_has(const struct vgic_waiting *w, uint32_t intid)
{
	return (w->bits[w->level[intid]][intid / 32] >> intid % 32 & 1) != 0;
}

static inline void waiting_remove(struct vgic_waiting *w, uint32_t intid)
{
	uint32_t level = w->level[intid];

	w->bits[level][intid / 32] &= ~(1u << intid % 32);
	if (w->bits[level][intid / 32] == 0)
		w->words[level] &= ~(1u << intid / 32);
	if (w->words[level] == 0)
		w->levels &= ~(1u << level);
}

/* The most urgent one; only if there is one. */
static inline uint32_t waiting_first(const struct vgic_waiting *w)
{
	uint32_t level = (uint32_t)__builtin_ctz(w->levels);
	uint32_t word = (uint32_t)__builtin_ctz(w->words[level]);

	return word * 32 + (uint32_t)__builtin_ctz(w->bits[level][word]);
}

#endif
