/*
 * What of a vCPU's registers isn't always exchanged, and so isn't in registers.S or in
 * machine/resident.h: list registers in use, keys, translations.
 */
#include <frame/asm.h>
#include <frame/core.h>
#include <frame/partition.h>
#include <machine/gic_cpu.h>
#include <machine/resident.h>

_Static_assert(offsetof(struct vcpu_saved, floating) - offsetof(struct vcpu_saved, el1) ==
                       RESIDENT_FLOAT &&
                   sizeof(struct resident_el1) == RESIDENT_FLOAT,
               "registers.S finds it there");
_Static_assert(offsetof(struct core, pristine_float) - offsetof(struct core, pristine) ==
                   RESIDENT_FLOAT,
               "and there");

/* APIA, APIB, APDA, APDB, APGA: low and high halves. */
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

void resident_exchange_keys(uint64_t *from, const uint64_t *to)
{
#define KEY_EXCHANGE(n, name)                                                                      \
	from[n] = sysreg_read(name);                                                               \
	sysreg_write(name, to[n]);
	KEYS(KEY_EXCHANGE)
}

/*
 * A guest's own TLBI and IC reach no further than the core that it is on, as on the hardware. Its
 * VMID stands in the register as long as that takes, as nothing translates by it here; what is
 * there behind it is effective with the vectors' ERET.
 */
void resident_forget_translations(uint64_t vttbr)
{
	uint64_t own = sysreg_read(vttbr_el2);

	sysreg_write(vttbr_el2, vttbr);
	__asm__ volatile("isb\n\ttlbi vmalle1\n\tic iallu\n\tdsb nsh" ::: "memory");
	sysreg_write(vttbr_el2, own);
}

/* What is unused is 0: in memory something older lies in its place. */
static inline uint64_t saved_list(const struct resident_gic *gic, uint32_t index)
{
	return (gic->used >> index & 1) != 0 ? gic->lr[index] : 0;
}

static RARELY __attribute__((noinline)) uint64_t read_one(uint32_t index)
{
	return lr_read(index);
}

static RARELY __attribute__((noinline)) void write_one(uint32_t index, uint64_t value)
{
	lr_write(index, value);
}

static RARELY __attribute__((noinline)) void save_each(struct resident_gic *gic, uint32_t used)
{
	for (; used != 0; used &= used - 1)
		gic->lr[__builtin_ctz(used)] = read_one((uint32_t)__builtin_ctz(used));
}

static RARELY __attribute__((noinline)) void load_each(const struct resident_gic *gic,
                                                       uint32_t used)
{
	for (; used != 0; used &= used - 1) {
		uint32_t index = (uint32_t)__builtin_ctz(used);

		write_one(index, saved_list(gic, index));
	}
}

/* Of the first four, if there are as many, all in one piece; others are seldom in use. */
#define FOUR 0xfu

void resident_save_lists(struct resident_gic *gic)
{
	if (core.lists < FOUR || gic->used > FOUR) {
		save_each(gic, gic->used);
		return;
	}
	RESIDENT_SAVE(gic, lr[0], S3_4_C12_C12_0, S3_4_C12_C12_1);
	RESIDENT_SAVE(gic, lr[2], S3_4_C12_C12_2, S3_4_C12_C12_3);
}

void resident_load_lists(const struct resident_gic *gic, uint32_t used)
{
	if (core.lists < FOUR || used > FOUR) {
		load_each(gic, used);
		return;
	}
	sysreg_set(S3_4_C12_C12_0, saved_list(gic, 0));
	sysreg_set(S3_4_C12_C12_1, saved_list(gic, 1));
	sysreg_set(S3_4_C12_C12_2, saved_list(gic, 2));
	sysreg_set(S3_4_C12_C12_3, saved_list(gic, 3));
}
