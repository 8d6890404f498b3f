/*
 * Data aborts of stage 2: accesses to emulated devices, with or without a syndrome, and to
 * addresses where the partition has nothing. If there is no syndrome, the frame reads the
 * instruction from guest memory, through the window, after it has found that the page is the
 * partition's own.
 */
#include <devices/emulated.h>
#include <devices/ends.h>
#include <devices/registers.h>
#include <frame/esr.h>
#include <frame/gic_places.h>
#include <frame/tables.h>
#include <machine/contexts.h>
#include <machine/fault.h>
#include <pure/decode.h>
#include <pure/slot.h>
#include <state/partition.h>
#include <state/trap_frame.h>
#include <turn/trap.h>
#include <vgic/vgic.h>

struct access {
	enum device device;
	uint32_t offset;
};

/* ---- devices that are accessed rarely ---- */

static struct access find_rare(const struct partition *partition, uint64_t ipa)
{
	const struct bundle_partition *config = partition->config;
	uint32_t end;

	if ((config->flags & BUNDLE_RTC) != 0 && ipa - config->rtc_ipa < PAGE_SIZE)
		return (struct access){DEVICE_RTC, (uint32_t)(ipa - config->rtc_ipa)};
	if ((config->flags & BUNDLE_WATCHDOG) != 0 && ipa - config->watchdog_ipa < WATCHDOG_SIZE)
		return (struct access){DEVICE_WATCHDOG, (uint32_t)(ipa - config->watchdog_ipa)};
	if ((config->flags & BUNDLE_PANEL) != 0 &&
	    ipa - partition->panel_ipa < PANEL_REGISTERS_SIZE)
		return (struct access){DEVICE_PANEL, (uint32_t)(ipa - partition->panel_ipa)};
	if (config->watch_ipa != 0 && ipa - config->watch_ipa < PAGE_SIZE)
		return (struct access){DEVICE_WATCH, (uint32_t)(ipa - config->watch_ipa)};
	if (config->message_count != 0 && ipa - config->message_ipa < PAGE_SIZE)
		return (struct access){DEVICE_MESSAGES, (uint32_t)(ipa - config->message_ipa)};
	if (config->functions.count != 0 && ipa - config->pci_ecam_ipa < BUNDLE_ECAM_SIZE)
		return (struct access){DEVICE_PCI, (uint32_t)(ipa - config->pci_ecam_ipa)};
	end = ends_find(partition, ipa);
	if (end != ENDS_NONE)
		return (struct access){(enum device)(DEVICE_END + end),
		                       (uint32_t)(ipa & PAGE_MASK)};
	if (slot_is_at(&core_bundle->board, ipa))
		return (struct access){DEVICE_SLOT,
		                       (uint32_t)(ipa - core_bundle->board.virtio_base)};
	return (struct access){DEVICE_NONE, 0};
}

/* ---- a register ---- */

/* Reads a register. False: the access is to be executed again, from its beginning. */
static inline bool read_from(struct vcpu *vcpu, struct access access, uint32_t size,
                             uint64_t *value)
{
	if (access.device == DEVICE_DIST)
		return vgic_dist_read(vcpu, access.offset, size, value);
	if (access.device == DEVICE_GIC_OWN)
		return vgic_own_read(vcpu, access.offset, size, value);
	if (access.device >= DEVICE_END)
		return ends_read(vcpu, access.device - DEVICE_END, access.offset, size, value);
	*value = devices_read(vcpu->partition, access.device, access.offset, size);
	return true;
}

static inline bool write_to(struct vcpu *vcpu, struct access access, uint32_t size, uint64_t value)
{
	if (access.device == DEVICE_DIST)
		return vgic_dist_write(vcpu, access.offset, size, value);
	if (access.device == DEVICE_GIC_OWN)
		return vgic_own_write(vcpu, access.offset, size, value);
	if (access.device >= DEVICE_END)
		return ends_write(vcpu, access.device - DEVICE_END, access.offset, size, value);
	devices_write(vcpu->partition, access.device, access.offset, size, value);
	return true;
}

static inline struct access find_device(const struct partition *partition, uint64_t ipa)
{
	const struct bundle_partition *config = partition->config;

	if (ipa - config->gicd_ipa < GICD_SIZE)
		return (struct access){DEVICE_DIST, (uint32_t)(ipa - config->gicd_ipa)};
	if (ipa - config->gicr_ipa < GIC_OWN_SIZE(partition->vcpu_count))
		return (struct access){DEVICE_GIC_OWN, (uint32_t)(ipa - config->gicr_ipa)};
	if ((config->flags & BUNDLE_CONSOLE) != 0 && ipa - config->uart_ipa < PAGE_SIZE)
		return (struct access){DEVICE_UART, (uint32_t)(ipa - config->uart_ipa)};
	return find_rare(partition, ipa);
}

static uint64_t cut(uint64_t value, uint32_t size)
{
	return size == 8 ? value : value & ((1ULL << 8 * size) - 1);
}

static void set_register(struct vcpu *vcpu, uint32_t rt, uint64_t value)
{
	if (rt != REGISTER_ZERO)
		trap_changes(&vcpu->context, rt, value);
}

static uint64_t get_register(const struct vcpu *vcpu, uint32_t rt)
{
	return rt == REGISTER_ZERO ? 0 : vcpu->context.x[rt];
}

/* ---- with a syndrome ---- */

/* This is always inline: most accesses come here, and each would pay for a call. */
static inline __attribute__((always_inline)) bool
access_with_syndrome(struct vcpu *vcpu, struct access access, uint64_t esr)
{
	uint32_t size = ISS_SIZE(esr);
	uint64_t value;

	if ((esr & ISS_WRITE) != 0)
		return write_to(vcpu, access, size, cut(get_register(vcpu, ISS_RT(esr)), size));
	if (!read_from(vcpu, access, size, &value))
		return false;
	value = cut(value, size);
	if ((esr & ISS_SIGN) != 0) {
		uint32_t shift = 64 - 8 * size;

		value = (uint64_t)((int64_t)(value << shift) >> shift);
		if ((esr & ISS_64) == 0)
			value = (uint32_t)value;
	}
	set_register(vcpu, ISS_RT(esr), value);
	return true;
}

/* ---- without a syndrome: by the instruction ---- */

/* Reads the trapped instruction. If a fetch of it would abort by now, returns the status of that
 * abort. */
static uint32_t fetch(struct vcpu *vcpu, uint32_t *word)
{
	struct stage2_place place;
	ipa_t ipa;
	uint32_t status = fault_translate(context_pc(), &ipa);

	if (status != FAULT_NONE)
		return status;
	place = stage2_lookup(&vcpu->partition->stage2, ipa);
	if (!stage2_is_ram(place.kind))
		return FAULT_EXTERNAL;
	*word = window_read(place.pa);
	return FAULT_NONE;
}

static void write_back(struct vcpu *vcpu, const struct decoded *what)
{
	uint64_t offset = (uint64_t)what->offset;

	if (what->rn == 31)
		fault_set_stack(fault_stack() + offset);
	else
		vcpu->context.x[what->rn] += offset;
}

/* Carries out the instruction's one or two accesses. False: the instruction is to be executed
 * again. Both accesses are to the same device, which the caller has taken if it is shared. */
static bool access_elements(struct vcpu *vcpu, const struct decoded *what, struct access first,
                            struct access second)
{
	const struct access element[2] = {first, second};
	const uint32_t rt = ISS_RT(what->syndrome[0]), last = what->count == 2 ? 1 : 0;
	uint64_t before = get_register(vcpu, rt);

	for (uint32_t i = 0; i <= last; i++)
		if (!access_with_syndrome(vcpu, element[i], what->syndrome[i])) {
			set_register(vcpu, rt, before); /* it may be the address */
			return false;
		}
	if (what->write_back)
		write_back(vcpu, what);
	return true;
}

/* Finds the device of a pair's second access. For an end this is no device: each time that a pair
 * is executed again, it would ask the broker for its first register again. */
static struct access find_second(const struct partition *partition, uint64_t ipa)
{
	struct access second = find_device(partition, ipa);

	if (second.device >= DEVICE_END)
		second.device = DEVICE_NONE;
	return second;
}

/* True: the access is done. This is never inline: an access with a syndrome would pay for it. */
static __attribute__((noinline)) bool
access_without_syndrome(struct vcpu *vcpu, struct access first, uint64_t esr, uint64_t ipa)
{
	enum decode_status decoded = DECODE_UNKNOWN;
	struct access second = first;
	struct decoded what;
	uint32_t word, status;

	if (!fault_is_aarch32()) {
		status = fetch(vcpu, &word);
		/* The guest has taken the instruction's mapping away. The frame gives it the abort:
		 * if the guest executed the instruction again, the TLB might still have the
		 * translation. */
		if (status != FAULT_NONE) {
			inject_fetch_abort(vcpu, status);
			return false;
		}
		decoded = decode(word, &what);
	}
	if (decoded == DECODE_OK && what.count == 2)
		second = find_second(vcpu->partition, ipa + ISS_SIZE(what.syndrome[0]));
	if (decoded != DECODE_OK || second.device != first.device) {
		inject_abort(vcpu, esr);
		return false;
	}
	return access_elements(vcpu, &what, first, second);
}

/* True: only one core at a time may use the device. That is so for all devices except the interrupt
 * controller. Accesses of other cores are executed again until the devices are free. */
static bool is_shared(struct access access)
{
	return access.device >= DEVICE_UART;
}

void access_guest(struct vcpu *vcpu, uint64_t esr)
{
	uint64_t ipa = fault_address();
	struct access access = find_device(vcpu->partition, ipa);

	if (access.device == DEVICE_NONE || (esr & ISS_WALK) != 0 || !ISS_IS_TRANSLATION(esr)) {
		if (!guard_fault(vcpu, esr))
			inject_abort(vcpu, esr);
		return;
	}
	if (is_shared(access) && !devices_take(vcpu->partition))
		return;
	if ((esr & ISS_ISV) != 0 ? access_with_syndrome(vcpu, access, esr)
	                         : access_without_syndrome(vcpu, access, esr, ipa))
		context_advance(&vcpu->context, esr);
	trap_done();
	if (is_shared(access)) {
		devices_settle(vcpu->partition, access.device);
		devices_give(vcpu->partition);
	}
}
