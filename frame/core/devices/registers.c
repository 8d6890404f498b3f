/* The registers of a partition's emulated devices; see devices/registers.h. */
#include <devices/emulated.h>
#include <devices/panel.h>
#include <devices/pci.h>
#include <devices/registers.h>
#include <devices/watch.h>
#include <pure/slot.h>
#include <state/core.h>
#include <state/partition.h>

#define V2M_TYPER 0x8u

/* A GICv2m, as the guest reads it: which SPIs are messages. */
static uint64_t messages_read(const struct partition *partition, uint32_t offset)
{
	const struct bundle_partition *config = partition->config;

	return offset == V2M_TYPER ? (uint32_t)config->message_intid << 16 | config->message_count
	                           : 0;
}

uint64_t devices_read(struct partition *partition, enum device device, uint32_t offset,
                      uint32_t size)
{
	switch (device) {
	case DEVICE_UART:
		return uart_read(partition, offset);
	case DEVICE_RTC:
		return rtc_read(partition, offset);
	case DEVICE_WATCHDOG:
		return wdt_read(partition, offset);
	case DEVICE_PANEL:
		return panel_read(partition, offset, size);
	case DEVICE_WATCH:
		return watch_read(partition, offset, size);
	case DEVICE_MESSAGES:
		return messages_read(partition, offset);
	case DEVICE_SLOT:
		return slot_read(&core_bundle->board, offset, size);
	default:
		return pci_read(partition, offset, size);
	}
}

void devices_write(struct partition *partition, enum device device, uint32_t offset, uint32_t size,
                   uint64_t value)
{
	switch (device) {
	case DEVICE_UART:
		uart_write(partition, offset, value);
		break;
	case DEVICE_RTC:
		rtc_write(partition, offset, value);
		break;
	case DEVICE_WATCHDOG:
		wdt_write(partition, offset, value);
		break;
	case DEVICE_PANEL:
		panel_write(partition, offset, size, value);
		break;
	case DEVICE_WATCH:
		watch_write(partition, offset, size, value);
		break;
	case DEVICE_MESSAGES: /* only functions write messages */
	case DEVICE_SLOT:
		break;
	default:
		pci_write(partition, offset, size, value);
		break;
	}
}

void devices_settle(struct partition *partition, enum device device)
{
	if (device == DEVICE_RTC)
		rtc_settle(partition);
	else if (device == DEVICE_WATCHDOG)
		wdt_settle(partition);
}
