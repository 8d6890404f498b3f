/*
 * What an attacker with all rights in a Linux does to the world behind its virtual network card
 * (tests/system/test_gateway_attack.py gives it to a running Linux):
 *
 *	attack packets COUNT INDEX             malformed and forged ones and connections without
 *	                                       end, in turn, past the card's driver, by the card
 *	                                       with this index
 *	attack rings|resets COUNT REGISTERS    the card itself, whose driver is away, by its
 *	                                       registers and rings
 *
 * What is random follows from a fixed seed. The exit status is the error's number, or 0.
 */
#include <linux/user.h>

enum { SYS_OPENAT = 56, SYS_WRITE = 64, SYS_PREAD = 67, SYS_SOCKET = 198, SYS_BIND = 200 };
enum { HERE = -100, READ_WRITE = 2, USAGE = 200 };

static uint64_t seed = 0x9e3779b97f4a7c15ull;

static uint32_t random_below(uint32_t limit)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 20) % limit;
}

/* ---- packets ---- */

enum { PACKET_SOCKET = 17, RAW = 3, EVERY_PROTOCOL = 0x0300 };
enum { LONGEST = 1514, SHORTEST = 14, IP = 14, TCP = 34, SYN_SIZE = 54 };

struct packet_address {
	uint16_t family, protocol;
	uint32_t index;
	uint8_t unused[12];
};

static void put(uint8_t *at, const char *bytes, int count)
{
	for (int i = 0; i < count; i++)
		at[i] = (uint8_t)bytes[i];
}

/* Anything, but so that a reader begins with it: a known type, then a header that lies. */
static size_t make_malformed(uint8_t *packet)
{
	static const char types[][3] = {"\x08\x00", "\x08\x00", "\x08\x00", "\x08\x06",
	                                "\x81\x00", "\x86\xdd", "\x00\x10"};
	static const char starts[] = {0x45, 0x40, 0x4f, 0x46, 0x65};

	put(packet + 12, types[random_below(7)], 2);
	packet[IP] = (uint8_t)starts[random_below(5)];
	if (random_below(2) == 0)
		put(packet + IP + 2, "\x00\x28", 2);
	if (random_below(2) == 0)
		put(packet + IP + 6, "\x00\x00", 2); /* no fragment */
	packet[IP + 9] = (uint8_t)(random_below(2) == 0 ? 6 : random_below(256));
	put(packet + IP + 12, "\x0a\x00\x02\x0f\x0a\x00\x02\x02", 8);
	return SHORTEST + random_below(random_below(2) == 0 ? 60 : LONGEST - SHORTEST);
}

/* The beginning of a connection to any port of 10.0.2.2, from 10.0.2.15. */
static size_t make_flood(uint8_t *packet)
{
	put(packet + 12, "\x08\x00\x45\x00\x00\x28", 6);
	put(packet + IP + 6, "\x00\x00\x40\x06", 4);
	put(packet + IP + 12, "\x0a\x00\x02\x0f\x0a\x00\x02\x02", 8);
	packet[TCP + 2] = 1; /* ports from 256 to 511, which no rule names */
	put(packet + TCP + 12, "\x50\x02", 2);
	return SYN_SIZE;
}

/* The same from any address and any card, also 10.0.2.2 itself and its card. */
static size_t make_forged(uint8_t *packet)
{
	const size_t size = make_flood(packet);

	for (int i = 0; i < 4; i++)
		packet[IP + 12 + i] = (uint8_t)random_below(256);
	if (random_below(8) == 0)
		put(packet + IP + 12, "\x0a\x00\x02\x02", 4);
	if (random_below(8) == 0)
		put(packet + 6, "\x52\x55\x0a\x00\x02\x02", 6);
	return size;
}

static void send_packets(long count, long index)
{
	static size_t (*const make[])(uint8_t * packet) = {make_malformed, make_forged, make_flood};
	static uint8_t packet[LONGEST];
	const struct packet_address address = {PACKET_SOCKET, EVERY_PROTOCOL, (uint32_t)index, {0}};
	const long to = user_must(SYS_SOCKET, PACKET_SOCKET, RAW, EVERY_PROTOCOL, 0);

	user_must(SYS_BIND, to, (long)&address, sizeof(address), 0);
	for (long i = 0; i < count; i++) {
		size_t size;

		for (size_t at = 0; at < sizeof(packet); at++)
			packet[at] = (uint8_t)random_below(256);
		put(packet, "\x52\x55\x0a\x00\x02\x02\x02\x00\x00\x00\x00\x99", 12);
		if (random_below(4) == 0)
			put(packet, "\xff\xff\xff\xff\xff\xff", 6);
		size = make[i % 3](packet);
		(void)user_call(SYS_WRITE, to, (long)packet, (long)size,
		                0); /* the card may be full */
	}
}

/* ---- the card ---- */

enum { PAGE = 4096, PAGES = 16, QUEUES = 2, LENGTH = 64 };
enum { DESCRIPTORS = 0, DRIVER = 1024, DEVICE = 2048 }; /* of a queue, in its page */
enum {
	REGISTER_ACCEPTED = 0x020,
	REGISTER_ACCEPTED_WORD = 0x024,
	REGISTER_QUEUE = 0x030,
	REGISTER_SIZE = 0x038,
	REGISTER_READY = 0x044,
	REGISTER_NOTIFY = 0x050,
	REGISTER_STATUS = 0x070,
	REGISTER_DESCRIPTORS = 0x080,
	REGISTER_DRIVER = 0x090,
	REGISTER_DEVICE = 0x0a0,
};

static _Alignas(PAGE) uint8_t pages[PAGES][PAGE]; /* the first ones are the queues' */
static uint64_t physical[PAGES];
static volatile uint8_t *registers;

static long map(long file, long offset, long size)
{
	register long x8 __asm__("x8") = 222;
	register long x0 __asm__("x0") = 0;
	register long x1 __asm__("x1") = size;
	register long x2 __asm__("x2") = 3; /* read and write */
	register long x3 __asm__("x3") = 1; /* shared */
	register long x4 __asm__("x4") = file;
	register long x5 __asm__("x5") = offset;

	__asm__ volatile("svc #0"
	                 : "+r"(x0)
	                 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
	                 : "memory");
	return x0;
}

static void find_pages(void)
{
	const long file = user_must(SYS_OPENAT, HERE, (long)"/proc/self/pagemap", 0, 0);

	for (int i = 0; i < PAGES; i++) {
		uint64_t entry;

		*(volatile uint8_t *)pages[i] = 0;
		user_must(SYS_PREAD, file, (long)&entry, sizeof(entry),
		          (long)((uintptr_t)pages[i] / PAGE * sizeof(entry)));
		physical[i] = (entry & ((1ull << 55) - 1)) * PAGE;
	}
}

static void set(uint32_t at, uint64_t value)
{
	*(volatile uint32_t *)(registers + at) = (uint32_t)value;
}

static void open_card(void)
{
	set(REGISTER_STATUS, 0);
	set(REGISTER_STATUS, 3);
	set(REGISTER_ACCEPTED_WORD, 1);
	set(REGISTER_ACCEPTED, 1);
	set(REGISTER_STATUS, 11);
	for (uint32_t i = 0; i < QUEUES; i++) {
		set(REGISTER_QUEUE, i);
		set(REGISTER_SIZE, LENGTH);
		set(REGISTER_DESCRIPTORS, physical[i] + DESCRIPTORS);
		set(REGISTER_DESCRIPTORS + 4, physical[i] >> 32);
		set(REGISTER_DRIVER, physical[i] + DRIVER);
		set(REGISTER_DRIVER + 4, physical[i] >> 32);
		set(REGISTER_DEVICE, physical[i] + DEVICE);
		set(REGISTER_DEVICE + 4, physical[i] >> 32);
		set(REGISTER_READY, 1);
	}
	set(REGISTER_STATUS, 15);
}

/* Nothing of the Linux's own: its pages, or what isn't its memory. */
static uint64_t random_address(void)
{
	switch (random_below(4)) {
	case 0:
		return ~0ull - random_below(PAGE);
	case 1:
		return random_below(0x10000000); /* devices, its own and others */
	default:
		return physical[QUEUES + random_below(PAGES - QUEUES)];
	}
}

static void spoil_rings(void)
{
	const uint32_t number = random_below(QUEUES), at = random_below(LENGTH);
	volatile uint16_t *driver = (volatile uint16_t *)(pages[number] + DRIVER);
	volatile uint64_t *descriptor = (volatile uint64_t *)(pages[number] + 16 * at);

	if (random_below(20) == 0)
		open_card();
	descriptor[0] = random_address();
	descriptor[1] = random_below(10) == 0
	                    ? ~0ull - random_below(16)
	                    : 1 + random_below(PAGE) + ((uint64_t)random_below(8) << 32) +
	                          ((uint64_t)random_below(LENGTH) << 48);
	driver[2 + random_below(LENGTH)] = (uint16_t)at;
	driver[2 + driver[1] % LENGTH] = (uint16_t)at;
	driver[1] = (uint16_t)(driver[1] + (random_below(100) == 0 ? random_below(65536) : 1));
	set(REGISTER_NOTIFY, number);
}

static void spoil_resets(void)
{
	open_card();
	spoil_rings();
	set(REGISTER_STATUS, random_below(256));
	set(4 * random_below(0x100 / 4),
	    random_below(2) == 0 ? random_below(256) : random_address());
	set(REGISTER_STATUS, 0);
}

static void attack_card(void (*spoil)(void), long count, long at)
{
	const long memory = user_must(SYS_OPENAT, HERE, (long)"/dev/mem", READ_WRITE, 0);
	const long mapped = map(memory, at, PAGE);

	if (mapped < 0)
		user_exit(-mapped);
	registers = (volatile uint8_t *)mapped;
	find_pages();
	open_card();
	for (long i = 0; i < count; i++)
		spoil();
	set(REGISTER_STATUS, 0);
}

/* ---- the attacks ---- */

static int is(const char *word, const char *other)
{
	while (*word != '\0' && *word == *other)
		word++, other++;
	return *word == *other;
}

void user_main(const uint64_t *stack)
{
	const char *kind = (const char *)stack[2];
	long count, where;

	if (stack[0] != 4)
		user_exit(USAGE);
	count = user_number((const char *)stack[3]);
	where = user_number((const char *)stack[4]);
	if (is(kind, "packets"))
		send_packets(count, where);
	else if (is(kind, "rings"))
		attack_card(spoil_rings, count, where);
	else if (is(kind, "resets"))
		attack_card(spoil_resets, count, where);
	else
		user_exit(USAGE);
	user_print("attack", kind, (uint64_t)count);
	user_exit(0);
}
