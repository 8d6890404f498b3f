/*
 * Data aborts of stage 2: an access to an emulated device, with or without a syndrome, or to what
 * isn't the partition's. What an instruction without a syndrome does is read from guest memory
 * through the window, after its page was found to be the partition's own.
 */
#include <frame/core.h>
#include <frame/decode.h>
#include <frame/partition.h>
#include <frame/tables.h>
#include <frame/trap.h>
#include <machine/contexts.h>
#include <machine/fault.h>

#define ISS_ISV       (1u << 24)
#define ISS_SIZE(esr) (1u << ((esr) >> 22 & 3))
#define ISS_SIGN      (1u << 21)
#define ISS_RT(esr)   ((uint32_t)(esr) >> 16 & 0x1f)
#define ISS_64        (1u << 15)
#define ISS_WALK      (1u << 7)
#define ISS_WRITE     (1u << 6)

/* A translation fault of any level: HPFAR_EL2 has the address. Of other faults it may not. */
#define ISS_IS_TRANSLATION(esr) (((esr)&0x3c) == 0x04)

enum device {
	DEVICE_NONE,
	DEVICE_DIST,
	DEVICE_REDIST,
	DEVICE_UART,
	DEVICE_RTC,
	DEVICE_WATCHDOG,
	DEVICE_PANEL,
	DEVICE_PCI,
};

struct access {
	enum device device;
	uint32_t offset;
};

#define DIST_SIZE   0x10000u
#define REDIST_SIZE 0x20000u

/* ---- what is asked rarely ---- */

static RARELY struct access find_rare(const struct partition *partition, uint64_t ipa)
{
	const struct bundle_partition *config = partition->config;

	if ((config->flags & BUNDLE_RTC) != 0 && ipa - config->rtc_ipa < PAGE_SIZE)
		return (struct access){DEVICE_RTC, (uint32_t)(ipa - config->rtc_ipa)};
	if ((config->flags & BUNDLE_WATCHDOG) != 0 && ipa - config->watchdog_ipa < WATCHDOG_SIZE)
		return (struct access){DEVICE_WATCHDOG, (uint32_t)(ipa - config->watchdog_ipa)};
	if ((config->flags & BUNDLE_PANEL) != 0 &&
	    ipa - partition->panel_ipa < PANEL_REGISTERS_SIZE)
		return (struct access){DEVICE_PANEL, (uint32_t)(ipa - partition->panel_ipa)};
	if (config->functions.count != 0 && ipa - config->pci_ecam_ipa < BUNDLE_ECAM_SIZE)
		return (struct access){DEVICE_PCI, (uint32_t)(ipa - config->pci_ecam_ipa)};
	return (struct access){DEVICE_NONE, 0};
}

static RARELY uint64_t read_rare(struct partition *partition, struct access access, uint32_t size)
{
	switch (access.device) {
	case DEVICE_RTC:
		return rtc_read(partition, access.offset);
	case DEVICE_WATCHDOG:
		return wdt_read(partition, access.offset);
	case DEVICE_PANEL:
		return panel_read(partition, access.offset, size);
	case DEVICE_PCI:
		return pci_read(partition, access.offset, size);
	default:
		return 0;
	}
}

static RARELY void write_rare(struct partition *partition, struct access access, uint32_t size,
                              uint64_t value)
{
	switch (access.device) {
	case DEVICE_RTC:
		rtc_write(partition, access.offset, value);
		break;
	case DEVICE_WATCHDOG:
		wdt_write(partition, access.offset, value);
		break;
	case DEVICE_PANEL:
		panel_write(partition, access.offset, size, value);
		break;
	case DEVICE_PCI:
		pci_write(partition, access.offset, size, value);
		break;
	default:
		break;
	}
}

/* These three are most of what an emulated access costs: they are spread out in its common way. */
#define ACCESS_INLINE static inline __attribute__((always_inline))

ACCESS_INLINE struct access find_device(const struct partition *partition, uint64_t ipa)
{
	const struct bundle_partition *config = partition->config;

	if (ipa - config->gicd_ipa < DIST_SIZE)
		return (struct access){DEVICE_DIST, (uint32_t)(ipa - config->gicd_ipa)};
	if (ipa - config->gicr_ipa < (uint64_t)partition->vcpu_count * REDIST_SIZE)
		return (struct access){DEVICE_REDIST, (uint32_t)(ipa - config->gicr_ipa)};
	if ((config->flags & BUNDLE_CONSOLE) != 0 && ipa - config->uart_ipa < PAGE_SIZE)
		return (struct access){DEVICE_UART, (uint32_t)(ipa - config->uart_ipa)};
	return find_rare(partition, ipa);
}

/* False: the access is to be executed again, from its beginning. */
ACCESS_INLINE bool device_read(struct vcpu *vcpu, struct access access, uint32_t size,
                               uint64_t *value)
{
	switch (access.device) {
	case DEVICE_DIST:
		return vgic_dist_read(vcpu, access.offset, size, value);
	case DEVICE_REDIST:
		return vgic_redist_read(vcpu, access.offset, size, value);
	case DEVICE_UART:
		*value = uart_read(vcpu->partition, access.offset);
		return true;
	default:
		*value = read_rare(vcpu->partition, access, size);
		return true;
	}
}

ACCESS_INLINE bool device_write(struct vcpu *vcpu, struct access access, uint32_t size,
                                uint64_t value)
{
	switch (access.device) {
	case DEVICE_DIST:
		return vgic_dist_write(vcpu, access.offset, size, value);
	case DEVICE_REDIST:
		return vgic_redist_write(vcpu, access.offset, size, value);
	case DEVICE_UART:
		uart_write(vcpu->partition, access.offset, value);
		return true;
	default:
		write_rare(vcpu->partition, access, size, value);
		return true;
	}
}

static uint64_t cut(uint64_t value, uint32_t size)
{
	return size == 8 ? value : value & ((1ULL << 8 * size) - 1);
}

static void set_register(struct vcpu *vcpu, uint32_t rt, uint64_t value)
{
	if (rt != 31)
		vcpu->context.x[rt] = value;
}

static uint64_t get_register(const struct vcpu *vcpu, uint32_t rt)
{
	return rt == 31 ? 0 : vcpu->context.x[rt];
}

/* ---- with a syndrome ---- */

static bool access_with_syndrome(struct vcpu *vcpu, struct access access, uint64_t esr)
{
	uint32_t size = ISS_SIZE(esr);
	uint64_t value;

	if ((esr & ISS_WRITE) != 0)
		return device_write(vcpu, access, size, cut(get_register(vcpu, ISS_RT(esr)), size));
	if (!device_read(vcpu, access, size, &value))
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

/* ---- without one: by the instruction ---- */

/* The trapped instruction; else the status of the abort that its fetch is by now. */
static uint32_t fetch(struct vcpu *vcpu, uint32_t *word)
{
	struct stage2_place place;
	ipa_t ipa;
	uint32_t status = fault_translate(context_pc(), &ipa);

	if (status != FAULT_NONE)
		return status;
	place = stage2_lookup(&vcpu->partition->stage2, ipa);
	if (place.kind != STAGE2_RAM)
		return FAULT_EXTERNAL;
	*word = window_read(place.pa);
	return FAULT_NONE;
}

/* The same as above, called: this way is long enough without them. */
static RARELY bool device_exchange(struct vcpu *vcpu, struct access access,
                                   const struct decoded *what, uint64_t *value)
{
	if (what->load)
		return device_read(vcpu, access, what->size, value);
	return device_write(vcpu, access, what->size, *value);
}

/* A value that is read is kept in *value: registers change when all of the access is done. */
static bool access_element(struct vcpu *vcpu, const struct decoded *what, struct access access,
                           uint32_t rt, uint64_t *value)
{
	if (!what->load)
		*value = cut(get_register(vcpu, rt), what->size);
	if (!device_exchange(vcpu, access, what, value))
		return false;
	if (what->load)
		*value = decode_extend(what, cut(*value, what->size));
	return true;
}

static void write_back(struct vcpu *vcpu, const struct decoded *what)
{
	uint64_t offset = (uint64_t)what->offset;

	if (what->rn == 31)
		fault_set_stack(fault_stack() + offset);
	else
		vcpu->context.x[what->rn] += offset;
}

enum outcome {
	ACCESS_DONE,
	ACCESS_AGAIN,
	ACCESS_NONE, /* no access that a device takes */
};

/* So many bytes further: devices are whole pages. */
ACCESS_INLINE struct access behind(const struct partition *partition, struct access access,
                                   uint64_t ipa, uint32_t bytes)
{
	if ((ipa & (PAGE_SIZE - 1)) + bytes >= PAGE_SIZE)
		return find_device(partition, ipa + bytes);
	access.offset += bytes;
	return access;
}

/* All of it to one device, which the caller has taken if it has to be. */
static enum outcome access_by_instruction(struct vcpu *vcpu, struct access first, uint64_t ipa,
                                          uint32_t word)
{
	struct decoded what;
	uint64_t values[2] = {0, 0};

	if (decode(word, &what) != DECODE_OK)
		return ACCESS_NONE;
	for (uint32_t i = 0; i < what.count; i++) {
		struct access access = behind(vcpu->partition, first, ipa, i * what.size);

		if (access.device != first.device)
			return ACCESS_NONE;
		if (!access_element(vcpu, &what, access, i == 0 ? what.rt : what.rt2, &values[i]))
			return ACCESS_AGAIN;
	}
	for (uint32_t i = 0; i < what.count && what.load; i++)
		set_register(vcpu, i == 0 ? what.rt : what.rt2, values[i]);
	if (what.write_back)
		write_back(vcpu, &what);
	return ACCESS_DONE;
}

/* Apart from the common way, which has no need of what this keeps on the stack. */
static __attribute__((noinline)) void
access_without_syndrome(struct vcpu *vcpu, struct access first, uint64_t esr, uint64_t ipa)
{
	enum outcome outcome = ACCESS_NONE;
	uint32_t word, status;

	if (!fault_is_aarch32()) {
		status = fetch(vcpu, &word);
		/* Gone from under it, the guest's own doing. It isn't executed again for the TLB to
		 * tell the guest so: the TLB may still have the way. */
		if (status != FAULT_NONE) {
			inject_fetch_abort(vcpu, status);
			return;
		}
		outcome = access_by_instruction(vcpu, first, ipa, word);
	}
	if (outcome == ACCESS_NONE)
		inject_abort(vcpu, esr, ipa);
	else if (outcome == ACCESS_DONE)
		context_advance(esr);
}

/* All but the interrupt controller are for one core at a time; the others are executed again until
 * it's their turn. */
ACCESS_INLINE bool is_shared(struct access access)
{
	return access.device >= DEVICE_UART;
}

void access_guest(struct vcpu *vcpu, uint64_t esr)
{
	uint64_t ipa = fault_address();
	struct access access = find_device(vcpu->partition, ipa);

	if (access.device == DEVICE_NONE || (esr & ISS_WALK) != 0 || !ISS_IS_TRANSLATION(esr)) {
		inject_abort(vcpu, esr, ipa);
		return;
	}
	if (is_shared(access) && !devices_take(vcpu->partition))
		return;
	if ((esr & ISS_ISV) == 0)
		access_without_syndrome(vcpu, access, esr, ipa);
	else if (access_with_syndrome(vcpu, access, esr))
		context_advance(esr);
	if (is_shared(access))
		devices_give(vcpu->partition);
}
