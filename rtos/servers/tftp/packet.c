/* See packet.h. */
#include "packet.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static uint16_t packet_word(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static void packet_put(uint8_t *at, uint32_t word)
{
	at[0] = (uint8_t)(word >> 8);
	at[1] = (uint8_t)word;
}

uint32_t tftp_kind(const uint8_t *packet, size_t size)
{
	return size < TFTP_HEAD ? 0 : packet_word(packet);
}

uint16_t tftp_number(const uint8_t *packet)
{
	return packet_word(packet + 2);
}

/* ---- a request ---- */

/* The text that begins at `*at`, which moves behind the text. NULL: the text doesn't end in the
 * packet. */
static const char *packet_text(const uint8_t *packet, size_t size, size_t *at)
{
	const char *text = (const char *)packet + *at;
	const size_t length = strnlen(text, size - *at);

	if (length == size - *at)
		return NULL;
	*at += length + 1;
	return text;
}

/* Whether no part of the path leads upwards. */
static bool packet_stays_below(const char *name)
{
	while (*name != '\0') {
		const size_t length = strcspn(name, "/");

		if (length == 2 && name[0] == '.' && name[1] == '.')
			return false;
		name += length + (name[length] == '/');
	}
	return true;
}

static bool packet_take_name(struct tftp_request *request, const char *name)
{
	size_t length;

	while (*name == '/')
		name++;
	length = strlen(name);
	if (length == 0 || length >= sizeof(request->name) || !packet_stays_below(name))
		return false;
	memcpy(request->name, name, length + 1);
	return true;
}

/* Takes an option. An unknown option, or one that makes no sense, isn't answered: so it doesn't
 * hold. */
static void packet_take_option(struct tftp_request *request, const char *name, const char *value)
{
	char *end;
	const unsigned long number = strtoul(value, &end, 10);

	if (*value == '\0' || *end != '\0')
		return;
	if (strcasecmp(name, "tsize") == 0)
		request->wants_size = true;
	if (strcasecmp(name, "blksize") != 0 || number < TFTP_BLOCK_LEAST)
		return;
	request->wants_block = true;
	request->block = number < TFTP_BLOCK_MOST ? (uint32_t)number : TFTP_BLOCK_MOST;
}

static bool packet_refuse(enum tftp_error *error, enum tftp_error by, const char **why,
                          const char *text)
{
	*error = by;
	*why = text;
	return false;
}

bool tftp_read_request(struct tftp_request *request, const uint8_t *packet, size_t size,
                       enum tftp_error *error, const char **why)
{
	const uint32_t kind = tftp_kind(packet, size);
	const char *name, *mode, *option, *value;
	size_t at = 2;

	*request = (struct tftp_request){.block = TFTP_BLOCK};
	if (kind == TFTP_WRITE)
		return packet_refuse(error, TFTP_REFUSED, why, "nothing can be written here");
	if (kind != TFTP_READ)
		return packet_refuse(error, TFTP_ILLEGAL, why, "that is no request");
	name = packet_text(packet, size, &at);
	mode = name ? packet_text(packet, size, &at) : NULL;
	if (!mode)
		return packet_refuse(error, TFTP_ILLEGAL, why, "the request is cut off");
	if (strcasecmp(mode, "octet") != 0)
		return packet_refuse(error, TFTP_ILLEGAL, why, "ask for the mode 'octet'");
	if (!packet_take_name(request, name))
		return packet_refuse(error, TFTP_REFUSED, why, "no file here has such a name");
	while (at < size && (option = packet_text(packet, size, &at)) &&
	       (value = packet_text(packet, size, &at)))
		packet_take_option(request, option, value);
	return true;
}

/* ---- answers ---- */

size_t tftp_write_error(uint8_t *packet, enum tftp_error error, const char *why)
{
	const size_t length = strnlen(why, TFTP_BLOCK_MOST - 1);

	packet_put(packet, TFTP_ERROR);
	packet_put(packet + 2, error);
	memcpy(packet + TFTP_HEAD, why, length);
	packet[TFTP_HEAD + length] = 0;
	return TFTP_HEAD + length + 1;
}

static size_t packet_option(uint8_t *packet, size_t at, const char *name, uint64_t value)
{
	at += (size_t)sprintf((char *)packet + at, "%s", name) + 1;
	return at + (size_t)sprintf((char *)packet + at, "%llu", (unsigned long long)value) + 1;
}

size_t tftp_write_options(uint8_t *packet, const struct tftp_request *request, uint64_t size)
{
	size_t at = 2;

	packet_put(packet, TFTP_OPTIONS);
	if (request->wants_block)
		at = packet_option(packet, at, "blksize", request->block);
	if (request->wants_size)
		at = packet_option(packet, at, "tsize", size);
	return at;
}

void tftp_write_data(uint8_t *packet, uint16_t number)
{
	packet_put(packet, TFTP_DATA);
	packet_put(packet + 2, number);
}
