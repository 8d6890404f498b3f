/*
 * Damage to the services' images is found and repaired, at the addresses where the image can be
 * written. Damage that can't be repaired stays.
 *
 * Shows: services.text.
 */
#include <frame/hardware.h>
#include <frame/layout.h>
#include <lib/parity.h>
#include <run/service_text.h>
#include <start/service_text.h>
#include <state/core.h>
#include <state/services.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unit.h>
#include <word/service.h>

#define PAGES 6 /* of two services, and the parity */
#define SIZE  (PAGES * PARITY_PAGE)

/* As the linker places them. Behind them the same memory as it is mapped to be written: here it is
 * other memory. */
__asm__(".pushsection .bss\n\t"
        ".balign 4096\n\t"
        ".global service_console_image, service_sums, images, sums, frame_beside\n"
        "service_console_image:\nimages: .space 6 * 4096\n"
        "service_sums:\nsums: .space 4096\n\t"
        ".space 0xf0000 - 7 * 4096\n"
        "frame_beside: .space 7 * 4096\n\t"
        ".popsection");
extern uint8_t images[], frame_beside[];
extern uint32_t sums[];
_Static_assert(LAYOUT_IMAGE - LAYOUT_TEXT == 0xf0000, "it is there");

static const struct service_row rows[] = {
    {.image = images, .image_end = images + 3 * PARITY_PAGE},
    {.image = images + 3 * PARITY_PAGE, .image_end = images + 5 * PARITY_PAGE},
};
static uint8_t whole[SIZE];
static uint32_t cleaned, forgotten;

void hw_clean_invalidate_to_poc(const void *from, uint64_t size)
{
	const size_t at = (size_t)((const uint8_t *)from - frame_beside);

	assert_true(at < SIZE ? size == 8 : size == 4 && at < SIZE + PARITY_PIECES(PAGES) * 4);
	cleaned++;
}

void hw_invalidate_instructions(void)
{
	forgotten = cleaned;
}

uint64_t mend_in_start(uint64_t piece)
{
	return service_text_mend(piece);
}

/* As after a failure of this service. */
static enum service_text look(const struct service_row *row)
{
	enum service_text found = SERVICE_TEXT_WHOLE;

	for (uint32_t i = 0; i < service_text_pieces(row); i++) {
		const enum service_text text = service_text_look(row, i);

		found = text > found ? text : found;
	}
	return found;
}

static void damage(uint32_t at, uint8_t bits)
{
	images[at] ^= bits;
	frame_beside[at] ^= bits;
}

static void begin_all(void)
{
	assert_ptr_equal(mmap(shared_memory, sizeof(*shared_memory), PROT_READ | PROT_WRITE,
	                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0),
	                 shared_memory);
}

static void begin(void)
{
	srandom(2);
	for (size_t i = 0; i < SIZE; i++)
		images[i] = (uint8_t)random();
	parity_make(images, PAGES, sums);
	memcpy(whole, images, SIZE);
	memcpy(frame_beside, whole, SIZE);
	memcpy(frame_beside + SIZE, sums, PARITY_PIECES(PAGES) * 4);
	cleaned = forgotten = 0;
}

const struct unit_fixture unit_all = {begin_all, NULL};
const struct unit_fixture unit_each = {begin, NULL};

TEST(what_is_whole_is_not_written)
{
	assert_int_equal(look(&rows[0]), SERVICE_TEXT_WHOLE);
	assert_int_equal(look(&rows[1]), SERVICE_TEXT_WHOLE);
	assert_int_equal(service_text_mend_all(), 0);
	assert_int_equal(cleaned, 0);
}

/* Only wrong pieces are written, and only those of the failed service. */
TEST(damage_is_made_anew)
{
	damage(2 * PARITY_PAGE + 5, 0x40);
	damage(3 * PARITY_PAGE + PARITY_PIECE, 0x40);
	assert_int_equal(look(&rows[1]), SERVICE_TEXT_MENDED);
	assert_int_equal(cleaned, 1);
	assert_memory_not_equal(frame_beside, whole, SIZE);
	assert_int_equal(look(&rows[0]), SERVICE_TEXT_MENDED);
	assert_int_equal(cleaned, 2);
	assert_int_equal(forgotten, cleaned);
	assert_memory_equal(frame_beside, whole, SIZE);
}

TEST(a_damaged_parity_is_made_anew)
{
	damage(SIZE - 1, 1);
	assert_int_equal(look(&rows[1]), SERVICE_TEXT_WHOLE);
	assert_int_equal(service_text_mend_all(), (uintptr_t)images + SIZE - PARITY_PIECE);
	assert_memory_equal(frame_beside, whole, SIZE);
}

TEST(two_at_one_place_stay)
{
	damage(7, 1);
	damage(3 * PARITY_PAGE + 8, 1);
	assert_int_equal(look(&rows[0]), SERVICE_TEXT_LOST);
	assert_int_equal(look(&rows[1]), SERVICE_TEXT_LOST);
	shared_memory->update.pristine = 1;
	assert_int_equal(service_text_mend_all(), FRAME_TEXT_LOST);
	assert_int_equal(shared_memory->update.pristine, 0);
	assert_int_equal(cleaned, 0);
}

/* The pieces that it is computed from are whole. */
TEST(a_damaged_sum_is_made_anew)
{
	const uint32_t was = sums[6];

	sums[6] ^= 0x100;
	memset(&frame_beside[SIZE + 24], 0, 4);
	assert_int_equal(look(&rows[0]), SERVICE_TEXT_MENDED);
	assert_int_equal(cleaned, 1);
	assert_memory_equal(&frame_beside[SIZE + 24], &was, 4);
	assert_memory_equal(frame_beside, whole, SIZE);
}

/* And doesn't keep others from being made anew. */
TEST(what_is_lost_is_lost_alone)
{
	damage(7, 1);
	damage(3 * PARITY_PAGE + 8, 1);
	damage(PARITY_PIECE, 1);
	assert_int_equal(look(&rows[0]), SERVICE_TEXT_LOST);
	assert_int_equal(cleaned, 1);
	assert_int_equal(frame_beside[PARITY_PIECE], whole[PARITY_PIECE]);
}
