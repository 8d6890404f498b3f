/*
 * The emulated PL011: registers one by one, then a driver with Linux's habits against a console
 * service that is slow, asleep or hostile.
 *
 * Shows: guests.uart.
 */
#include <pure/pl011.h>
#include <string.h>
#include <unit.h>

#define RSR   0x04
#define LCR_H 0x2c
#define CR    0x30
#define IFLS  0x34
#define IMSC  0x38
#define RIS   0x3c
#define MIS   0x40
#define ICR   0x44

#define BUSY 0x08u
#define RXFE 0x10u
#define TXFF 0x20u
#define RXFF 0x40u
#define TXFE 0x80u

#define RX 0x10u
#define TX 0x20u
#define RT 0x40u
#define OE 0x400u

static struct pl011 uart;
static struct console_ring ring;

static void setup(void)
{
	memset(&ring, 0, sizeof(ring));
	memset(&uart, 0xff, sizeof(uart));
	pl011_reset(&uart);
}

const struct unit_fixture unit_each = {setup, NULL};

static uint32_t get(uint32_t offset)
{
	return pl011_read(&uart, &ring, offset);
}

static uint32_t put(uint32_t offset, uint32_t value)
{
	return pl011_write(&uart, &ring, offset, value);
}

static bool line(void)
{
	return pl011_line(&uart, &ring);
}

static void type(const char *text)
{
	while (*text != 0)
		ring.in[ring.in_head++ % CONSOLE_IN_SIZE] = (uint8_t)*text++;
}

static void fill(uint32_t characters)
{
	for (uint32_t i = 0; i < characters; i++)
		put(PL011_DR, 'x');
}

TEST(test_reset_values)
{
	assert_int_equal(get(PL011_FR), TXFE | RXFE);
	assert_int_equal(get(CR), 0x300);
	assert_int_equal(get(IFLS), 0x12);
	for (uint32_t offset = IMSC; offset <= 0x48; offset += 4)
		assert_int_equal(get(offset), 0);
	assert_int_equal(get(RSR), 0);
	assert_int_equal(get(LCR_H), 0);
	assert_int_equal(get(PL011_DR), 0);
	assert_false(line());
}

TEST(test_settings_keep_their_width)
{
	static const struct {
		uint32_t offset, kept;
	} rows[] = {
	    {0x20, 0xff},   {0x24, 0xffff}, {0x28, 0x3f},  {0x2c, 0xff},
	    {0x30, 0xffff}, {0x34, 0x3f},   {0x38, 0x7ff}, {0x48, 0x7},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put(rows[i].offset, 0xffffffff);
		assert_int_equal(get(rows[i].offset), rows[i].kept);
		put(rows[i].offset, 0);
		assert_int_equal(get(rows[i].offset), 0);
	}
}

TEST(test_identification)
{
	static const uint8_t id[8] = {0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

	for (uint32_t i = 0; i < 8; i++) {
		put(0xfe0 + 4 * i, 0);
		assert_int_equal(get(0xfe0 + 4 * i), id[i]);
	}
}

TEST(test_holes_read_zero)
{
	for (uint32_t offset = 0x4c; offset < 0xfe0; offset++) {
		assert_int_equal(put(offset, 0xffffffff), PL011_NOTHING);
		assert_int_equal(get(offset), 0);
	}
	assert_int_equal(get(0x08), 0);
	assert_int_equal(get(ICR), 0);
	assert_int_equal(get(0xfffffffc), 0);
	assert_int_equal(ring.out_head, 0);
}

TEST(test_narrow_accesses)
{
	assert_int_equal(get(CR + 1), 0x3);
	assert_int_equal(get(PL011_FR + 1), 0);
	put(PL011_DR + 1, 'n'); /* the upper bytes of DR are no data */
	assert_int_equal(ring.out_head, 0);
	type("q");
	assert_int_equal(get(PL011_DR) & 0xff, 'q');
}

TEST(test_output_reaches_the_ring)
{
	ring.out_head = ring.out_tail = 0xfffffffe; /* indices count for ever and wrap */
	assert_int_equal(put(PL011_DR, 0x141), PL011_NOTHING);
	put(PL011_DR, 'B');
	put(PL011_DR, 'C');
	assert_int_equal(ring.out_head, 1);
	assert_int_equal(ring.out[CONSOLE_OUT_SIZE - 2], 'A');
	assert_int_equal(ring.out[CONSOLE_OUT_SIZE - 1], 'B');
	assert_int_equal(ring.out[0], 'C');
	assert_int_equal(get(PL011_FR), TXFE | RXFE);
}

TEST(test_a_sleeper_is_woken_once)
{
	ring.asleep = 1;
	assert_int_equal(put(PL011_DR, 'a'), PL011_WAKE);
	assert_int_equal(ring.asleep, 0);
	assert_int_equal(put(PL011_DR, 'b'), PL011_NOTHING);
}

TEST(test_full_ring_holds_back)
{
	fill(CONSOLE_OUT_SIZE - 32);
	assert_int_equal(get(PL011_FR) & (TXFF | TXFE | BUSY), TXFE);
	fill(1);
	assert_int_equal(get(PL011_FR) & (TXFF | TXFE | BUSY), 0);
	assert_int_equal(ring.want_space, 1);
	fill(31);
	assert_int_equal(get(PL011_FR) & (TXFF | TXFE | BUSY), TXFF | BUSY);
	assert_int_equal(ring.out_lost, 0);
	fill(3);
	assert_int_equal(ring.out_lost, 3);
	assert_int_equal(ring.out_head, CONSOLE_OUT_SIZE);
	ring.out_tail++;
	assert_int_equal(get(PL011_FR) & (TXFF | TXFE | BUSY), 0);
	fill(1);
	assert_int_equal(ring.out_lost, 3);
	assert_int_equal(ring.out_head, CONSOLE_OUT_SIZE + 1);
}

TEST(test_impossible_service_indices)
{
	ring.out_tail = 1; /* ahead of the head */
	assert_int_equal(get(PL011_FR) & TXFF, TXFF);
	put(PL011_DR, 'x');
	assert_int_equal(ring.out_head, 0);
	ring.out_tail = 0x80000000;
	put(PL011_DR, 'x');
	assert_int_equal(ring.out_lost, 2);
	ring.in_head = 0x80000000;
	assert_int_equal(get(PL011_FR) & (RXFE | RXFF), RXFF);
	for (int i = 0; i < 2000; i++)
		(void)get(PL011_DR);
	assert_int_equal(ring.in_tail, 2000);
	ring.in_head = 1999; /* behind the tail: as full, still inside the ring */
	(void)get(PL011_DR);
	assert_int_equal(ring.in_tail, 2001);
}

TEST(test_input)
{
	ring.in_head = ring.in_tail = 0xfffffffe;
	put(IMSC, RX | RT);
	assert_false(line());
	type("abc");
	assert_true(line());
	assert_int_equal(get(PL011_FR) & RXFE, 0);
	assert_int_equal(get(PL011_DR), 'a');
	assert_int_equal(get(PL011_DR), 'b');
	assert_true(line());
	assert_int_equal(get(PL011_DR), 'c');
	assert_false(line());
	assert_int_equal(get(PL011_FR) & RXFE, RXFE);
	assert_int_equal(get(PL011_DR), 0);
	assert_int_equal(ring.in_tail, 1);
}

TEST(test_receive_levels)
{
	static const uint8_t levels[] = {2, 4, 8, 12, 14};

	put(LCR_H, 0x70);
	for (uint32_t i = 0; i < sizeof(levels); i++) {
		put(IFLS, i << 3);
		ring.in_head = ring.in_tail + levels[i] - 1u;
		assert_int_equal(get(RIS), RX | RT);
		ring.in_head++;
		assert_int_equal(get(RIS), RX);
	}
	ring.in_head = ring.in_tail + 15;
	assert_int_equal(get(PL011_FR) & RXFF, 0);
	ring.in_head++;
	assert_int_equal(get(PL011_FR) & RXFF, RXFF);
	put(LCR_H, 0x60);
	ring.in_head = ring.in_tail + 1;
	assert_int_equal(get(PL011_FR) & RXFF, RXFF);
	assert_int_equal(get(RIS), RX);
}

TEST(test_receive_interrupt_outlives_icr)
{
	put(IMSC, RX);
	type("xy");
	(void)get(PL011_DR);
	put(ICR, 0x7ff);
	assert_true(line());
	assert_int_equal(get(MIS), RX);
	(void)get(PL011_DR);
	assert_int_equal(get(RIS), 0);
}

TEST(test_transmit_interrupt)
{
	assert_int_equal(put(IMSC, TX), PL011_LINE);
	assert_false(line());
	assert_int_equal(put(PL011_DR, 'a'), PL011_LINE);
	assert_true(line());
	assert_int_equal(get(MIS), TX);
	put(ICR, TX);
	assert_false(line());
	put(PL011_DR, 'b');
	assert_true(line());
	put(IMSC, 0);
	assert_false(line());
	assert_int_equal(get(RIS), TX);
}

TEST(test_transmit_interrupt_means_room)
{
	put(IMSC, TX);
	fill(CONSOLE_OUT_SIZE - 32);
	assert_true(line());
	assert_int_equal(put(PL011_DR, 'a'), PL011_LINE);
	assert_false(line());
	ring.out_tail++;
	pl011_notified(&uart, &ring);
	assert_true(line()); /* 32 again */
	put(PL011_DR, 'a');
	assert_false(line());

	ring.want_space = 0;
	pl011_notified(&uart, &ring); /* told too early: asks again */
	assert_false(line());
	assert_int_equal(ring.want_space, 1);
	ring.out_tail += 100;
	pl011_notified(&uart, &ring);
	assert_true(line());
	put(ICR, TX); /* cleared stays cleared without a new character */
	pl011_notified(&uart, &ring);
	assert_false(line());
}

TEST(test_loopback)
{
	type("outside");
	put(CR, 0x380);
	put(LCR_H, 0x10);
	assert_int_equal(get(PL011_FR) & RXFE, RXFE);
	put(PL011_DR, 'l');
	put(PL011_DR, 'b');
	assert_int_equal(ring.out_head, 0);
	assert_int_equal(get(RIS), RX | RT | TX);
	assert_int_equal(get(PL011_DR), 'l');
	assert_int_equal(get(PL011_DR), 'b');
	fill(17);
	assert_int_equal(get(RIS) & OE, OE);
	assert_int_equal(get(RSR), 8);
	assert_int_equal(get(PL011_DR), 0x800 | 'x');
	put(RSR, 0);
	assert_int_equal(get(PL011_DR), 'x');
	put(ICR, OE);
	assert_int_equal(get(RIS) & OE, 0);
	put(LCR_H, 0);
	fill(1);
	assert_int_equal(get(PL011_FR) & RXFF, RXFF);
	put(CR, 0x300);
	assert_int_equal(get(PL011_DR), 'o');
}

/* ---- a driver like Linux's amba-pl011, and a service ---- */

static struct {
	uint32_t next, total; /* characters: their number modulo 251 */
	uint32_t received;    /* by the service, checked */
} flow;

/* Half a FIFO at a time; from the interrupt without a look at TXFF. */
static void driver_send(bool from_interrupt)
{
	for (int i = 0; i < 8 && flow.next < flow.total; i++) {
		if (!from_interrupt && (get(PL011_FR) & TXFF))
			break;
		put(PL011_DR, flow.next++ % 251);
	}
	put(IMSC, flow.next < flow.total ? get(IMSC) | TX : get(IMSC) & ~TX);
}

static void driver_interrupt(void)
{
	uint32_t status = get(MIS);

	put(ICR, status & ~(TX | RT | RX));
	if (status & TX)
		driver_send(true);
}

static void service_drain(uint32_t characters)
{
	while (characters-- > 0 && ring.out_tail != ring.out_head) {
		assert_int_equal(ring.out[ring.out_tail % CONSOLE_OUT_SIZE], flow.received++ % 251);
		ring.out_tail++;
	}
	if (ring.want_space) {
		ring.want_space = 0;
		pl011_notified(&uart, &ring);
	}
}

TEST(test_interrupt_driven_output_loses_nothing)
{
	uint64_t seed = 7;

	memset(&flow, 0, sizeof(flow));
	flow.total = 200000;
	put(LCR_H, 0x70);
	put(IMSC, RX | RT);
	driver_send(false);
	for (uint32_t rounds = 0; flow.received < flow.total; rounds++) {
		assert_true(rounds < 1000000);
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		/* The driver is faster in long stretches, then the service. */
		for (uint32_t i = 0; i < (uint32_t)(seed >> 60) && line(); i++)
			driver_interrupt();
		service_drain((uint32_t)(seed >> 33) % (rounds & 1024 ? 30 : 150));
	}
	assert_int_equal(ring.out_lost, 0);
	assert_false(line());
}
