/*
 * The emulated PL011; see pure/pl011.h. Owns the frame's side of a partition's console ring: it
 * produces at out_head and consumes at in_tail. The service's indices aren't trusted: whatever they
 * say, nothing outside the ring is accessed.
 *
 * A verbose boot takes the paths of DR and FR a hundred thousand times. So they come first, and
 * everything rare is in functions of its own.
 */
#include <pure/pl011.h>

#define REG_RSR   0x04
#define REG_ILPR  0x20
#define REG_IBRD  0x24
#define REG_FBRD  0x28
#define REG_LCR_H 0x2c
#define REG_CR    0x30
#define REG_IFLS  0x34
#define REG_IMSC  0x38
#define REG_RIS   0x3c
#define REG_MIS   0x40
#define REG_ICR   0x44
#define REG_DMACR 0x48
#define REG_ID    0xfe0

#define FR_BUSY (1u << 3)
#define FR_RXFE (1u << 4)
#define FR_TXFF (1u << 5)
#define FR_RXFF (1u << 6)
#define FR_TXFE (1u << 7)

#define INT_RX  (1u << 4)
#define INT_TX  (1u << 5)
#define INT_RT  (1u << 6)
#define INT_OE  (1u << 10)
#define INT_ALL 0x7ffu

#define RSR_OE    (1u << 3) /* in DR: bit 11 */
#define CR_LBE    (1u << 7)
#define LCR_H_FEN (1u << 4)

#define FIFO_DEPTH 16u
/* TXRIS promises room for the half FIFO that a driver writes without looking. This is enough for
 * both sizes of FIFO that PL011s have. */
#define TX_ROOM 32u

static uint32_t fifo_depth(const struct pl011 *uart)
{
	return (uart->lcr_h & LCR_H_FEN) != 0 ? FIFO_DEPTH : 1;
}

/* ---- output ---- */

static inline uint32_t out_room(const struct console_ring *ring, uint32_t head)
{
	uint32_t used = head - __atomic_load_n(&ring->out_tail, __ATOMIC_ACQUIRE);

	/* An impossible tail of the service makes the ring full, never an overrun. */
	return used < CONSOLE_OUT_SIZE ? CONSOLE_OUT_SIZE - used : 0;
}

/* Sets TXRIS by the room that there is now. Without enough room, asks the service to tell when
 * there is. */
static void update_tx(struct pl011 *uart, struct console_ring *ring)
{
	uart->tx_waits = 0;
	if (out_room(ring, ring->out_head) < TX_ROOM) {
		uart->latched &= (uint16_t)~INT_TX;
		uart->tx_waits = 1;
		/* The service first moves the tail, then looks at want_space. So it sees this
		 * store, or the look below sees the moved tail. */
		__atomic_store_n(&ring->want_space, 1, __ATOMIC_SEQ_CST);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (out_room(ring, ring->out_head) < TX_ROOM)
			return;
		uart->tx_waits = 0;
	}
	uart->latched |= INT_TX;
}

static uint32_t write_scarce(struct pl011 *uart, struct console_ring *ring)
{
	uint32_t before = uart->latched;

	update_tx(uart, ring);
	return ((before ^ uart->latched) & uart->imsc) != 0 ? PL011_LINE : PL011_NOTHING;
}

static uint32_t write_loop(struct pl011 *uart, uint32_t value)
{
	uart->latched |= INT_TX;
	if (uart->loop_count < fifo_depth(uart)) {
		uart->loop[uart->loop_count++] = (uint8_t)value;
	} else {
		uart->latched |= INT_OE;
		uart->rsr |= RSR_OE;
	}
	return PL011_LINE;
}

/* Wakes the service if it sleeps. It may go to sleep between the store of the head and this look.
 * So it says that it sleeps, and then looks at the head once more (kumiki/console.h); both sides
 * have a full barrier in between. */
static uint32_t wake_if_asleep(struct console_ring *ring)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (RELAXED(ring->asleep) == 0)
		return PL011_NOTHING;
	RELAXED(ring->asleep) = 0;
	return PL011_WAKE;
}

static uint32_t write_data(struct pl011 *uart, struct console_ring *ring, uint32_t value)
{
	if (uart->cr & CR_LBE)
		return write_loop(uart, value);

	uint32_t head = ring->out_head;
	uint32_t room = out_room(ring, head);
	uint32_t effect = PL011_NOTHING;

	if (room == 0) {
		ring->out_lost++;
		return write_scarce(uart, ring);
	}
	ring->out[head % CONSOLE_OUT_SIZE] = (uint8_t)value;
	__atomic_store_n(&ring->out_head, head + 1, __ATOMIC_RELEASE);
	if (room <= TX_ROOM)
		return write_scarce(uart, ring) | wake_if_asleep(ring);
	if ((uart->latched & INT_TX) == 0) {
		uart->latched |= INT_TX;
		effect = (uart->imsc & INT_TX) != 0 ? PL011_LINE : PL011_NOTHING;
	}
	return effect | wake_if_asleep(ring);
}

/* ---- input ---- */

static inline uint32_t in_count(const struct pl011 *uart, const struct console_ring *ring)
{
	if (uart->cr & CR_LBE)
		return uart->loop_count;

	uint32_t count = __atomic_load_n(&ring->in_head, __ATOMIC_ACQUIRE) - ring->in_tail;

	return count < CONSOLE_IN_SIZE ? count : CONSOLE_IN_SIZE;
}

static uint32_t read_loop(struct pl011 *uart)
{
	uint32_t value = uart->loop[0] | (uint32_t)(uart->rsr & RSR_OE) << 8;

	uart->loop_count--;
	for (uint32_t i = 0; i < uart->loop_count; i++)
		uart->loop[i] = uart->loop[i + 1];
	return value;
}

static uint32_t read_data(struct pl011 *uart, struct console_ring *ring)
{
	if (in_count(uart, ring) == 0)
		return 0;
	if (uart->cr & CR_LBE)
		return read_loop(uart);

	uint32_t tail = ring->in_tail;
	uint32_t value = ring->in[tail % CONSOLE_IN_SIZE];

	__atomic_store_n(&ring->in_tail, tail + 1, __ATOMIC_RELEASE);
	return value;
}

static uint32_t read_flags(const struct pl011 *uart, const struct console_ring *ring)
{
	uint32_t room = out_room(ring, ring->out_head);
	uint32_t count = in_count(uart, ring);
	uint32_t flags = room >= TX_ROOM ? FR_TXFE : 0;

	if (room == 0)
		flags |= FR_TXFF | FR_BUSY;
	if (count == 0)
		return flags | FR_RXFE;
	if (count >= fifo_depth(uart))
		flags |= FR_RXFF;
	return flags;
}

/* ---- interrupts ---- */

/* Returns the receive FIFO's level by IFLS.RXIFLSEL (1/8, 1/4, 1/2, 3/4, 7/8), below which RTRIS is
 * set, too. */
static uint32_t rx_level(const struct pl011 *uart)
{
	static const uint8_t levels[8] = {2, 4, 8, 12, 14, 14, 14, 14};

	return (uart->lcr_h & LCR_H_FEN) != 0 ? levels[uart->ifls >> 3 & 7] : 1;
}

static uint32_t raw_interrupts(const struct pl011 *uart, const struct console_ring *ring)
{
	uint32_t count = in_count(uart, ring);
	uint32_t raw = uart->latched;

	if (count > 0)
		raw |= count < rx_level(uart) ? INT_RX | INT_RT : INT_RX;
	return raw;
}

bool pl011_line(const struct pl011 *uart, const struct console_ring *ring)
{
	return uart->imsc != 0 && (raw_interrupts(uart, ring) & uart->imsc) != 0;
}

void pl011_notified(struct pl011 *uart, struct console_ring *ring)
{
	if (uart->tx_waits)
		update_tx(uart, ring);
}

/* ---- the other registers ---- */

static uint32_t read_id(uint32_t offset)
{
	/* PeriphID0-3: part 0x011, designer Arm, revision r1p5 (FIFOs of 16); PCellID0-3. */
	static const uint8_t id[8] = {0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

	return id[(offset - REG_ID) / 4];
}

/* Not inline, as a guest that prints uses only flags and data. */
static uint32_t read_register(struct pl011 *uart, struct console_ring *ring, uint32_t offset)
{
	switch (offset) {
	case PL011_DR:
		return read_data(uart, ring);
	case REG_RSR:
		return uart->rsr;
	case REG_ILPR:
		return uart->ilpr;
	case REG_IBRD:
		return uart->ibrd;
	case REG_FBRD:
		return uart->fbrd;
	case REG_LCR_H:
		return uart->lcr_h;
	case REG_CR:
		return uart->cr;
	case REG_IFLS:
		return uart->ifls;
	case REG_IMSC:
		return uart->imsc;
	case REG_RIS:
		return raw_interrupts(uart, ring);
	case REG_MIS:
		return raw_interrupts(uart, ring) & uart->imsc;
	case REG_DMACR:
		return uart->dmacr;
	default:
		return offset >= REG_ID && offset < PAGE_SIZE ? read_id(offset) : 0;
	}
}

uint32_t pl011_read(struct pl011 *uart, struct console_ring *ring, uint32_t offset)
{
	uint32_t at = offset & ~3u;
	uint32_t value = at == PL011_FR ? read_flags(uart, ring) : read_register(uart, ring, at);

	return value >> 8 * (offset & 3);
}

/* Registers that hold what was written, cut to their width. Only IMSC has an effect. */
static uint32_t write_setting(struct pl011 *uart, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case REG_ILPR:
		uart->ilpr = value & 0xff;
		break;
	case REG_IBRD:
		uart->ibrd = (uint16_t)value;
		break;
	case REG_FBRD:
		uart->fbrd = value & 0x3f;
		break;
	case REG_IFLS:
		uart->ifls = value & 0x3f;
		break;
	case REG_IMSC:
		uart->imsc = value & INT_ALL;
		break;
	case REG_DMACR:
		uart->dmacr = value & 7;
		break;
	default: /* read-only, or nothing there */
		return PL011_NOTHING;
	}
	return PL011_LINE;
}

static uint32_t write_control(struct pl011 *uart, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case REG_RSR:
		uart->rsr = 0;
		return PL011_NOTHING;
	case REG_LCR_H:
		if ((uart->lcr_h ^ value) & LCR_H_FEN)
			uart->loop_count = 0;
		uart->lcr_h = value & 0xff;
		return PL011_LINE;
	case REG_CR:
		if ((uart->cr ^ value) & CR_LBE)
			uart->loop_count = 0;
		uart->cr = (uint16_t)value;
		return PL011_LINE;
	case REG_ICR:
		uart->latched &= (uint16_t)~value;
		return PL011_LINE;
	default:
		return write_setting(uart, offset, value);
	}
}

uint32_t pl011_write(struct pl011 *uart, struct console_ring *ring, uint32_t offset, uint32_t value)
{
	return offset == PL011_DR ? write_data(uart, ring, value)
	                          : write_control(uart, offset, value);
}

void pl011_reset(struct pl011 *uart)
{
	/* The receive and transmit enables, and the half-full levels, are set after reset. */
	*uart = (struct pl011){.cr = 0x300, .ifls = 0x12};
}
