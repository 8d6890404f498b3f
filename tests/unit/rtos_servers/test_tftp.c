/*
 * Requests and packets of TFTP clients: a name stays below the server's folder, and no packet is
 * read behind its end. Also the possible numbers of a transfer.
 *
 * Shows: rtos.probe.
 */
#include <servers/tftp/transfer.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

static struct tftp_request request;
static enum tftp_error error;
static const char *why;

/* Takes a copy of the packet's exact size, so that the sanitizers see a read behind it. */
static bool ask(const void *packet, size_t size)
{
	uint8_t *copy = malloc(size != 0 ? size : 1);
	bool result;

	memcpy(copy, packet, size);
	result = tftp_read_request(&request, copy, size, &error, &why);
	free(copy);
	return result;
}

#define ASK(text) ask(text, sizeof(text) - 1)

TEST(test_a_request)
{
	assert_true(ASK("\0\1Image\0octet\0"));
	assert_string_equal(request.name, "Image");
	assert_int_equal(request.block, TFTP_BLOCK);
	assert_false(request.wants_block || request.wants_size);
	assert_true(ASK("\0\1//boot/Image\0OCTET\0"));
	assert_string_equal(request.name, "boot/Image");
}

TEST(test_options)
{
	uint8_t packet[TFTP_MOST];
	size_t size;

	assert_true(ASK("\0\1a\0octet\0BLKSIZE\00065464\0tsize\0000\0timeout\0005\0"));
	assert_int_equal(request.block, TFTP_BLOCK_MOST);
	assert_true(request.wants_block && request.wants_size);
	size = tftp_write_options(packet, &request, 123456789012);
	assert_int_equal(size, sizeof("\0\6blksize\0001428\0tsize\000123456789012\0") - 1);
	assert_memory_equal(packet, "\0\6blksize\0001428\0tsize\000123456789012\0", size);
	assert_true(ASK("\0\1a\0octet\0blksize\0007\0"));
	assert_false(request.wants_block);
	assert_true(ASK("\0\1a\0octet\0blksize\00010x\0blksize\0"));
	assert_false(request.wants_block);
}

static void check_refused(bool good, enum tftp_error by)
{
	uint8_t packet[TFTP_MOST];

	assert_false(good);
	assert_int_equal(error, by);
	assert_int_equal(tftp_write_error(packet, error, why), TFTP_HEAD + strlen(why) + 1);
	assert_int_equal(packet[1], TFTP_ERROR);
	assert_int_equal(packet[3], by);
}

TEST(test_refusals)
{
	static char long_name[TFTP_NAME_MOST + 32] = "\0\1";

	check_refused(ASK("\0\2Image\0octet\0"), TFTP_REFUSED);
	check_refused(ASK("\0\3\0\1"), TFTP_ILLEGAL);
	check_refused(ASK("\0\1a"), TFTP_ILLEGAL);
	check_refused(ASK("\0\1Image\0octet"), TFTP_ILLEGAL);
	check_refused(ASK("\0\1Image\0netascii\0"), TFTP_ILLEGAL);
	check_refused(ASK("\0\1../Image\0octet\0"), TFTP_REFUSED);
	check_refused(ASK("\0\1a/../../Image\0octet\0"), TFTP_REFUSED);
	check_refused(ASK("\0\1a/..\0octet\0"), TFTP_REFUSED);
	check_refused(ASK("\0\1//\0octet\0"), TFTP_REFUSED);
	check_refused(ASK(""), TFTP_ILLEGAL);
	memset(long_name + 2, 'a', TFTP_NAME_MOST);
	memcpy(long_name + 2 + TFTP_NAME_MOST, "\0octet", 7);
	check_refused(ask(long_name, sizeof(long_name)), TFTP_REFUSED);
	assert_true(ASK("\0\1..a/b..\0octet\0"));
}

/* Damaged packets of all lengths. */
TEST(test_mad_clients)
{
	static const char whole[] = "\0\1boot/../Image\0octet\0blksize\0001428\0tsize\0000\0";

	srand(5);
	for (uint32_t i = 0; i < 200000; i++) {
		uint8_t packet[sizeof(whole)];

		memcpy(packet, whole, sizeof(packet));
		for (int j = rand() % 4; j >= 0; j--)
			packet[(uint32_t)rand() % sizeof(packet)] =
			    (uint8_t)(rand() % 3 ? rand() : 0);
		if (!ask(packet, (size_t)rand() % (sizeof(packet) + 1)))
			continue;
		assert_true(request.block >= 8 && request.block <= TFTP_BLOCK_MOST);
		assert_true(request.name[0] != '/' && request.name[0] != '\0');
		assert_null(strstr(request.name, "/../"));
		assert_true(strncmp(request.name, "../", 3) != 0);
	}
}

/* ---- whether a transfer is sound ---- */

static struct transfer transfer_of(enum tftp_kind kind, uint16_t number, size_t data)
{
	struct transfer made = {.file = 3,
	                        .request = {.block = TFTP_BLOCK},
	                        .number = number,
	                        .last = kind == TFTP_DATA && data < TFTP_BLOCK,
	                        .size = TFTP_HEAD + data};

	tftp_write_data(made.packet, number);
	made.packet[1] = kind;
	return made;
}

TEST(test_sound)
{
	const struct transfer sound[] = {
	    transfer_of(TFTP_OPTIONS, 0, 20), transfer_of(TFTP_DATA, 1, TFTP_BLOCK),
	    transfer_of(TFTP_DATA, 0, TFTP_BLOCK), transfer_of(TFTP_DATA, 65535, 0)};

	for (size_t i = 0; i < sizeof(sound) / sizeof(sound[0]); i++)
		assert_true(transfer_is_sound(&sound[i]));
}

/* Any flipped bit of a member. */
static void check_damage(struct transfer *transfer, void *member, size_t size)
{
	for (size_t bit = 0; bit < 8 * size; bit++) {
		uint8_t *byte = (uint8_t *)member + bit / 8;

		*byte ^= (uint8_t)(1u << bit % 8);
		if (transfer_is_sound(transfer))
			fail_msg("bit %zu of %zu bytes isn't noticed", bit, size);
		*byte ^= (uint8_t)(1u << bit % 8);
	}
	assert_true(transfer_is_sound(transfer));
}

TEST(test_damage)
{
	struct transfer data = transfer_of(TFTP_DATA, 7, TFTP_BLOCK);
	struct transfer options = transfer_of(TFTP_OPTIONS, 0, 20);

	check_damage(&data, &data.number, sizeof(data.number));
	check_damage(&data, &data.size, sizeof(data.size));
	check_damage(&data, &data.request.block, sizeof(data.request.block));
	check_damage(&data, data.packet, TFTP_HEAD);
	check_damage(&options, &options.number, sizeof(options.number));
	data.tries = TRANSFER_TRIES;
	assert_false(transfer_is_sound(&data));
	data.tries = 0;
	data.file = -1;
	assert_false(transfer_is_sound(&data));
	options.last = true;
	assert_false(transfer_is_sound(&options));
}
