/*
 * The emulated PL031; see pure/pl031.h. As in QEMU, the clock always runs, and a new time keeps the
 * phase of the second. The alarm is one event: a write of MR or LR sets it, and it happens when the
 * clock reaches MR (at once, if it is there already).
 */
#include <pure/pl031.h>

#define REG_DR   0x00
#define REG_MR   0x04
#define REG_LR   0x08
#define REG_CR   0x0c
#define REG_IMSC 0x10
#define REG_RIS  0x14
#define REG_MIS  0x18
#define REG_ICR  0x1c
#define REG_ID   0xfe0

void pl031_reset(struct pl031 *rtc, uint32_t seconds, uint64_t now, uint32_t hz)
{
	*rtc = (struct pl031){.start = now, .alarm = PL031_NEVER, .hz = hz, .base = seconds};
}

/* Whole seconds since `start`; the clock itself wraps after 2^32 of them. */
static uint64_t seconds_passed(const struct pl031 *rtc, uint64_t now)
{
	return (now - rtc->start) / rtc->hz;
}

static uint32_t clock_at(const struct pl031 *rtc, uint64_t now)
{
	return rtc->base + (uint32_t)seconds_passed(rtc, now);
}

static void set_alarm(struct pl031 *rtc, uint64_t now)
{
	uint32_t wait = rtc->match - clock_at(rtc, now);

	if (wait == 0) {
		rtc->raw = 1;
		rtc->alarm = PL031_NEVER;
	} else {
		rtc->alarm = rtc->start + (seconds_passed(rtc, now) + wait) * rtc->hz;
	}
}

static void let_time_pass(struct pl031 *rtc, uint64_t now)
{
	if (now < rtc->alarm)
		return;
	rtc->raw = 1;
	rtc->alarm = PL031_NEVER;
}

static uint32_t read_id(uint32_t offset)
{
	/* PeriphID0-3: part 0x031, designer Arm; PCellID0-3. */
	static const uint8_t id[8] = {0x31, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

	return id[(offset - REG_ID) / 4];
}

static uint32_t read_register(const struct pl031 *rtc, uint32_t offset, uint64_t now)
{
	switch (offset) {
	case REG_DR:
		return clock_at(rtc, now);
	case REG_MR:
		return rtc->match;
	case REG_LR:
		return rtc->load;
	case REG_CR:
		return 1; /* always on */
	case REG_IMSC:
		return rtc->mask;
	case REG_RIS:
		return rtc->raw;
	case REG_MIS:
		return rtc->raw & rtc->mask;
	default:
		return offset >= REG_ID && offset < PAGE_SIZE ? read_id(offset) : 0;
	}
}

uint32_t pl031_read(struct pl031 *rtc, uint32_t offset, uint64_t now)
{
	let_time_pass(rtc, now);
	return read_register(rtc, offset & ~3u, now) >> 8 * (offset & 3);
}

void pl031_write(struct pl031 *rtc, uint32_t offset, uint32_t value, uint64_t now)
{
	let_time_pass(rtc, now);
	switch (offset) {
	case REG_MR:
		rtc->match = value;
		set_alarm(rtc, now);
		break;
	case REG_LR:
		rtc->load = value;
		rtc->base += value - clock_at(rtc, now);
		set_alarm(rtc, now);
		break;
	case REG_IMSC:
		rtc->mask = value & 1;
		break;
	case REG_ICR:
		rtc->raw &= ~value;
		break;
	default: /* read-only, or nothing there */
		break;
	}
}

uint64_t pl031_deadline(const struct pl031 *rtc)
{
	return rtc->mask && !rtc->raw ? rtc->alarm : PL031_NEVER;
}

bool pl031_line(struct pl031 *rtc, uint64_t now)
{
	let_time_pass(rtc, now);
	return (rtc->raw & rtc->mask) != 0;
}
