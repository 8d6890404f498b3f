/*
 * Exchanges what isn't the same at each switch of vCPUs, and so isn't in registers.S or in
 * machine/resident.h: list registers in use, keys, translations.
 */
#include <frame/listreg.h>
#include <machine/gic_cpu.h>
#include <machine/resident.h>
#include <state/core.h>
#include <state/vcpu.h>

_Static_assert(offsetof(struct vcpu_saved, floating) - offsetof(struct vcpu_saved, el1) ==
                       RESIDENT_FLOAT &&
                   sizeof(struct resident_el1) == RESIDENT_FLOAT,
               "registers.S finds it there");
_Static_assert(offsetof(struct core, pristine_float) - offsetof(struct core, pristine) ==
                   RESIDENT_FLOAT,
               "and there");

/* APIA, APIB, APDA, APDB, APGA: of each the low and the high half. */
#define KEYS(KEY)                                                                                  \
	KEY(0, S3_0_C2_C1_0)                                                                       \
	KEY(1, S3_0_C2_C1_1)                                                                       \
	KEY(2, S3_0_C2_C1_2)                                                                       \
	KEY(3, S3_0_C2_C1_3)                                                                       \
	KEY(4, S3_0_C2_C2_0)                                                                       \
	KEY(5, S3_0_C2_C2_1)                                                                       \
	KEY(6, S3_0_C2_C2_2)                                                                       \
	KEY(7, S3_0_C2_C2_3)                                                                       \
	KEY(8, S3_0_C2_C3_0)                                                                       \
	KEY(9, S3_0_C2_C3_1)

void resident_keep_keys(uint64_t *to)
{
#define KEY_KEEP(n, name) to[n] = sysreg_read(name);
	KEYS(KEY_KEEP)
}

void resident_load_keys(const uint64_t *from)
{
#define KEY_LOAD(n, name) sysreg_write(name, from[n]);
	KEYS(KEY_LOAD)
}

/*
 * A guest's own TLBI and IC reach only the core that it is on, as on the hardware. VTTBR_EL2 keeps
 * this value afterwards. Nothing is translated by it before the vectors' ERET; until then a context
 * with another VMID has set its own value.
 */
void resident_forget_translations(uint64_t vttbr)
{
	sysreg_write(vttbr_el2, vttbr);
	__asm__ volatile("isb\n\ttlbi vmalle1\n\tic iallu\n\tdsb nsh" ::: "memory");
}

/* Keeps a list register's value; returns the private interrupt that it holds, as a bit. */
static inline uint32_t list_keep(struct resident_gic *gic, uint32_t index, uint64_t value)
{
	uint32_t intid = LR_INTID(value);

	gic->lr[index] = value;
	return (uint32_t)(intid < VGIC_PRIVATE) << intid % VGIC_PRIVATE;
}

/* Returns a list register's kept value. For an unused register that is 0: its place in memory has
 * an old value. */
static inline uint64_t list_kept(const struct resident_gic *gic, uint32_t has, uint32_t index)
{
	return (has >> index & 1) != 0 ? gic->lr[index] : 0;
}

/* the first four list registers; the others are seldom in use */
#define FOUR 0xfu

static uint32_t save_high(struct resident_gic *gic, uint32_t used)
{
	uint32_t held = 0;

	for (used &= ~FOUR; used != 0; used &= used - 1) {
		uint32_t index = (uint32_t)__builtin_ctz(used);

		held |= list_keep(gic, index, lr_read(index));
	}
	return held;
}

static void load_high(const struct resident_gic *gic, uint32_t used)
{
	for (used &= ~FOUR; used != 0; used &= used - 1) {
		uint32_t index = (uint32_t)__builtin_ctz(used);

		lr_write(index, list_kept(gic, gic->used, index));
	}
}

/* Handles the first four list registers without a loop, each if it is in use. (Not all machines
 * have four.) */
#define EACH_OF_FOUR(ONE)                                                                          \
	ONE(0)                                                                                     \
	ONE(1)                                                                                     \
	ONE(2)                                                                                     \
	ONE(3)

void resident_save_lists(struct resident_gic *gic, uint32_t used)
{
	uint32_t held = 0;

#define SAVE(index)                                                                                \
	if ((used & 1u << (index)) != 0)                                                           \
		held |= list_keep(gic, index, lr_read(index));
	EACH_OF_FOUR(SAVE)
	if (used > FOUR)
		held |= save_high(gic, used);
	gic->held = held;
}

void resident_load_lists(const struct resident_gic *gic, uint32_t used)
{
	uint32_t has = gic->used;

#define LOAD(index)                                                                                \
	if ((used & 1u << (index)) != 0)                                                           \
		lr_write(index, list_kept(gic, has, index));
	EACH_OF_FOUR(LOAD)
	if (used > FOUR)
		load_high(gic, used);
}
