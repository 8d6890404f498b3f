/*
 * Makes devices silent, in a way for each class that a restarting partition may own. A silent
 * device starts no access to memory any more, and asks for no interrupt. A device of another class
 * can't be silenced; `kumiki check` refuses it for a partition that may restart.
 */
#include <service/loader.h>

#define VIRTIO_STEP     0x200u /* from one device to the next */
#define VIRTIO_MAGIC    0x000u
#define VIRTIO_STATUS   0x070u
#define VIRTIO_IS       0x74726976u /* "virt" */
#define VIRTIO_PATIENCE 10000u      /* milliseconds */

#define PL011_CR    0x30u
#define PL011_IMSC  0x38u
#define PL011_ICR   0x44u
#define PL011_DMACR 0x48u

#define PL031_IMSC 0x10u
#define PL031_ICR  0x1cu

#define PL061_DIR 0x400u
#define PL061_IE  0x410u
#define PL061_IC  0x41cu

#define RPU_UNLOCK 0x01cu /* CRL.WPROT */
#define RPU_CORES  0x300u /* CRL.RST_CPU_R5 */
#define RPU_HELD   0x017u /* both cores, and what they share */

#define CFI_READ_ARRAY   0xffffffffu
#define CFI_CLEAR_STATUS 0x50505050u
#define CFI_LONGEST      (1 + 256 + 1)

bool silence_becomes(uint64_t address, uint32_t mask, uint32_t value, uint32_t milliseconds)
{
	uint64_t deadline = machine_deadline(milliseconds);

	while (!machine_is_past(deadline))
		if ((machine_device_read(address) & mask) == value)
			return true;
	/* Others may have had the core since, so the last look comes after the deadline. */
	return (machine_device_read(address) & mask) == value;
}

/* Resets the device as its driver does. The status reads 0 when the device has stopped and let go
 * of its queues. */
static bool silence_virtio(uint64_t base)
{
	if (machine_device_read(base + VIRTIO_MAGIC) != VIRTIO_IS)
		return true; /* no device is there */
	machine_device_write(base + VIRTIO_STATUS, 0);
	return silence_becomes(base + VIRTIO_STATUS, ~0u, 0, VIRTIO_PATIENCE);
}

static bool silence_virtios(const struct loader_device *device)
{
	bool silent = true;

	for (uint64_t offset = 0; offset < device->size; offset += VIRTIO_STEP)
		silent &= silence_virtio(device->base + offset);
	return silent;
}

static void silence_pl011(uint64_t base)
{
	machine_device_write(base + PL011_IMSC, 0);
	machine_device_write(base + PL011_DMACR, 0);
	machine_device_write(base + PL011_CR, 0);
	machine_device_write(base + PL011_ICR, 0x7ff);
}

static void silence_pl031(uint64_t base)
{
	machine_device_write(base + PL031_IMSC, 0);
	machine_device_write(base + PL031_ICR, 1);
}

static void silence_pl061(uint64_t base)
{
	machine_device_write(base + PL061_IE, 0);
	machine_device_write(base + PL061_IC, 0xff);
	machine_device_write(base + PL061_DIR, 0);
}

/*
 * Brings flash of the Intel command set back to its array mode from any state, whatever the width
 * of its chips. A word of ones means "read array", and as data it programs nothing. This many of
 * them end the longest command that the flash may wait for: a buffer of 256 words, with its count
 * and its missing confirmation. Then a remaining error is cleared.
 */
static void silence_flash(uint64_t base)
{
	for (uint32_t i = 0; i < CFI_LONGEST; i++)
		machine_device_write(base, CFI_READ_ARRAY);
	machine_device_write(base, CFI_CLEAR_STATUS);
	machine_device_write(base, CFI_READ_ARRAY);
}

/* Holds the cores in reset: they access nothing any more. */
static bool silence_rpu(uint64_t base)
{
	machine_device_write(base + RPU_UNLOCK, 0);
	machine_device_write(base + RPU_CORES, RPU_HELD);
	return (machine_device_read(base + RPU_CORES) & RPU_HELD) == RPU_HELD;
}

bool silence(const struct loader_device *device)
{
	switch (device->silence) {
	case BUNDLE_SILENCE_NOTHING:
		return true;
	case BUNDLE_SILENCE_VIRTIO:
		return silence_virtios(device);
	case BUNDLE_SILENCE_PL011:
		silence_pl011(device->base);
		return true;
	case BUNDLE_SILENCE_PL031:
		silence_pl031(device->base);
		return true;
	case BUNDLE_SILENCE_PL061:
		silence_pl061(device->base);
		return true;
	case BUNDLE_SILENCE_CFI:
		silence_flash(device->base);
		return true;
	case BUNDLE_SILENCE_VERSAL_RPU:
		return silence_rpu(device->base);
	default:
		return silence_function(device);
	}
}
