/* The console's output on its way to the UART: see console/writer.h. */
#include <console/uart.h>
#include <console/writer.h>

uint32_t writer_room(const struct writer *writer)
{
	return WRITER_SIZE - (writer->head - writer->tail);
}

void writer_write(struct writer *writer, const void *bytes, size_t size)
{
	const uint8_t *from = bytes;

	if (size > writer_room(writer))
		size = writer_room(writer);
	uint32_t head = writer->head;

	writer->head += (uint32_t)size;
	for (; size; size--)
		writer->bytes[head++ % WRITER_SIZE] = *from++;
}

void writer_text(struct writer *writer, const char *text)
{
	while (*text)
		writer_write(writer, text++, 1);
}

void writer_number(struct writer *writer, uint32_t number)
{
	char digits[10];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	writer_write(writer, digits + at, sizeof(digits) - at);
}

bool writer_flush(struct writer *writer)
{
	while (writer->tail != writer->head) {
		uint32_t at = writer->tail % WRITER_SIZE, count = writer->head - writer->tail;

		if (count > WRITER_SIZE - at)
			count = WRITER_SIZE - at;
		uint32_t sent = uart_send(writer->bytes + at, count);
		writer->tail += sent;
		if (sent < count)
			return false;
	}
	return true;
}
