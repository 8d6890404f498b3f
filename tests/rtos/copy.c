/* The copy of lib/copy_arm.c: every size, from and to places that aren't aligned. */
#include <lib/copy.h>
#include <test/rtos.h>

#define COPY_MOST  400 /* bytes: three of its largest units, and some more */
#define COPY_PLACE (COPY_MOST + 32)
#define COPY_BLANK 0xa5

static uint8_t copy_from[COPY_PLACE], copy_to[COPY_PLACE];

static uint8_t copy_byte(uint32_t number)
{
	return (uint8_t)(number * 37 ^ number >> 3);
}

/* How many bytes are wrong: those that are copied, and those around them. */
static uint32_t copy_wrong(uint32_t to, uint32_t from, uint32_t size)
{
	uint32_t wrong = 0;

	for (uint32_t i = 0; i < COPY_PLACE; i++)
		copy_to[i] = COPY_BLANK;
	copy_bytes(copy_to + to, copy_from + from, size);
	for (uint32_t i = 0; i < COPY_PLACE; i++)
		wrong +=
		    copy_to[i] != (i - to < size ? copy_byte(i - to + from) : (uint8_t)COPY_BLANK);
	return wrong;
}

static void test_copies(void)
{
	static const uint8_t places[] = {0, 1, 6, 8, 15};

	for (uint32_t i = 0; i < COPY_PLACE; i++)
		copy_from[i] = copy_byte(i);
	for (uint32_t size = 0; size <= COPY_MOST; size++)
		for (uint32_t to = 0; to < sizeof(places); to++)
			for (uint32_t from = 0; from < sizeof(places); from++)
				TEST_EQUAL(copy_wrong(places[to], places[from], size), 0);
}

static const struct test_case cases[] = {{"copies", test_copies, 1}};

void test_main(const struct rtos_start *start);
void test_main(const struct rtos_start *start)
{
	test_start = start;
	test_all(cases, sizeof(cases) / sizeof(cases[0]));
}
