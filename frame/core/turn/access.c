/*
 * Data aborts of stage 2: an access to an emulated device, with or without a syndrome, or to what
 * isn't the partition's. What an instruction without a syndrome does is read from guest memory
 * through the window, after its page was found to be the partition's own.
 */
#include <devices/emulated.h>
#include <devices/panel.h>
#include <devices/pci.h>
#include <frame/tables.h>
#include <machine/contexts.h>
#include <machine/fault.h>
#include <pure/decode.h>
#include <state/partition.h>
#include <turn/trap.h>
#include <vgic/vgic.h>

#define ISS_ISV  (1u << 24)
#define ISS_WALK (1u << 7)

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
	/* The first of two registers: what follows from both is looked at behind the second. */
	DEVICE_RTC_FIRST,
	DEVICE_WATCHDOG_FIRST,
};

struct access {
	enum device device;
	uint32_t offset;
};

#define DIST_SIZE   0x10000u
#define REDIST_SIZE 0x20000u

/* ---- what is asked rarely ---- */

static struct access find_rare(const struct partition *partition, uint64_t ipa)
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

/* ---- a row for each device ---- */

static bool read_uart(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t *value)
{
	(void)size;
	*value = uart_read(vcpu->partition, offset);
	return true;
}

static bool write_uart(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t value)
{
	(void)size;
	uart_write(vcpu->partition, offset, value);
	return true;
}

static bool read_rtc(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t *value)
{
	(void)size;
	*value = rtc_read(vcpu->partition, offset);
	return true;
}

static bool write_rtc(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t value)
{
	(void)size;
	rtc_write(vcpu->partition, offset, value);
	return true;
}

static bool read_wdt(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t *value)
{
	(void)size;
	*value = wdt_read(vcpu->partition, offset);
	return true;
}

static bool write_wdt(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t value)
{
	(void)size;
	wdt_write(vcpu->partition, offset, value);
	return true;
}

static bool write_rtc_first(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t value)
{
	(void)size;
	rtc_write_first(vcpu->partition, offset, value);
	return true;
}

static bool write_wdt_first(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t value)
{
	(void)size;
	wdt_write_first(vcpu->partition, offset, value);
	return true;
}

static bool read_panel(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t *value)
{
	*value = panel_read(vcpu->partition, offset, size);
	return true;
}

static bool write_panel(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t value)
{
	panel_write(vcpu->partition, offset, size, value);
	return true;
}

static bool read_pci(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t *value)
{
	*value = pci_read(vcpu->partition, offset, size);
	return true;
}

static bool write_pci(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t value)
{
	pci_write(vcpu->partition, offset, size, value);
	return true;
}

/* False: the access is to be executed again, from its beginning. */
static const struct {
	bool (*read)(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t *value);
	bool (*write)(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t value);
} devices[] = {
    [DEVICE_DIST] = {vgic_dist_read, vgic_dist_write},
    [DEVICE_REDIST] = {vgic_redist_read, vgic_redist_write},
    [DEVICE_UART] = {read_uart, write_uart},
    [DEVICE_RTC] = {read_rtc, write_rtc},
    [DEVICE_WATCHDOG] = {read_wdt, write_wdt},
    [DEVICE_PANEL] = {read_panel, write_panel},
    [DEVICE_PCI] = {read_pci, write_pci},
    [DEVICE_RTC_FIRST] = {read_rtc, write_rtc_first},
    [DEVICE_WATCHDOG_FIRST] = {read_wdt, write_wdt_first},
};

static inline struct access find_device(const struct partition *partition, uint64_t ipa)
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

static inline bool access_with_syndrome(struct vcpu *vcpu, struct access access, uint64_t esr)
{
	uint32_t size = ISS_SIZE(esr);
	uint64_t value;

	if ((esr & ISS_WRITE) != 0)
		return devices[access.device].write(vcpu, access.offset, size,
		                                    cut(get_register(vcpu, ISS_RT(esr)), size));
	if (!devices[access.device].read(vcpu, access.offset, size, &value))
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

static void write_back(struct vcpu *vcpu, const struct decoded *what)
{
	uint64_t offset = (uint64_t)what->offset;

	if (what->rn == 31)
		fault_set_stack(fault_stack() + offset);
	else
		vcpu->context.x[what->rn] += offset;
}

/* False: again, from its beginning. Both are to one device, taken if it has to be. */
static bool access_elements(struct vcpu *vcpu, const struct decoded *what, struct access first,
                            struct access second)
{
	uint64_t before = get_register(vcpu, ISS_RT(what->syndrome[0]));

	if (what->count == 2 && first.device == DEVICE_RTC)
		first.device = DEVICE_RTC_FIRST;
	if (what->count == 2 && first.device == DEVICE_WATCHDOG)
		first.device = DEVICE_WATCHDOG_FIRST;
	if (!access_with_syndrome(vcpu, first, what->syndrome[0]))
		return false;
	if (what->count == 2 && !access_with_syndrome(vcpu, second, what->syndrome[1])) {
		set_register(vcpu, ISS_RT(what->syndrome[0]), before); /* it may be the address */
		return false;
	}
	if (what->write_back)
		write_back(vcpu, what);
	return true;
}

/* True: done. */
static bool access_without_syndrome(struct vcpu *vcpu, struct access first, uint64_t esr,
                                    uint64_t ipa)
{
	enum decode_status decoded = DECODE_UNKNOWN;
	struct access second = first;
	struct decoded what;
	uint32_t word, status;

	if (!fault_is_aarch32()) {
		status = fetch(vcpu, &word);
		/* Gone from under it, the guest's own doing. It isn't executed again for the TLB to
		 * tell the guest so: the TLB may still have the way. */
		if (status != FAULT_NONE) {
			inject_fetch_abort(vcpu, status);
			return false;
		}
		decoded = decode(word, &what);
	}
	if (decoded == DECODE_OK && what.count == 2)
		second = find_device(vcpu->partition, ipa + ISS_SIZE(what.syndrome[0]));
	if (decoded != DECODE_OK || second.device != first.device) {
		inject_abort(vcpu, esr, ipa);
		return false;
	}
	return access_elements(vcpu, &what, first, second);
}

/* All but the interrupt controller are for one core at a time; the others are executed again until
 * it's their turn. */
static bool is_shared(struct access access)
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
	if ((esr & ISS_ISV) != 0 ? access_with_syndrome(vcpu, access, esr)
	                         : access_without_syndrome(vcpu, access, esr, ipa))
		context_advance(esr);
	if (is_shared(access))
		devices_give(vcpu->partition);
}
