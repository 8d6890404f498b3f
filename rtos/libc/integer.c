/*
 * The printf family for programs without FP registers. picolibc's functions save FP registers if
 * they have a variable number of arguments. The linker finds these functions before picolibc's;
 * they print by picolibc's integer-only vfprintf.
 */
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A stream into memory; characters that don't fit are counted, but not stored. */
struct integer_string {
	FILE stream;
	char *at, *end;
};

static int integer_put(char character, FILE *stream)
{
	struct integer_string *string = (struct integer_string *)(void *)stream;

	if (string->at < string->end)
		*string->at++ = character;
	return (unsigned char)character;
}

int vsnprintf(char *to, size_t size, const char *format, va_list arguments)
{
	struct integer_string string = {.stream = {.flags = __SWR, .put = integer_put},
	                                .at = to,
	                                .end = size > 0 ? to + size - 1 : to};
	const int length = vfprintf(&string.stream, format, arguments);

	if (size > 0)
		*string.at = '\0';
	return length;
}

int vsprintf(char *to, const char *format, va_list arguments)
{
	return vsnprintf(to, INT_MAX, format, arguments);
}

int vprintf(const char *format, va_list arguments)
{
	return vfprintf(stdout, format, arguments);
}

int vasprintf(char **to, const char *format, va_list arguments)
{
	va_list again;
	int length;

	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	*to = length < 0 ? NULL : malloc((size_t)length + 1);
	return *to == NULL ? -1 : vsnprintf(*to, (size_t)length + 1, format, arguments);
}

int printf(const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vfprintf(stdout, format, arguments);
	va_end(arguments);
	return length;
}

int fprintf(FILE *stream, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vfprintf(stream, format, arguments);
	va_end(arguments);
	return length;
}

int snprintf(char *to, size_t size, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(to, size, format, arguments);
	va_end(arguments);
	return length;
}

int sprintf(char *to, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(to, INT_MAX, format, arguments);
	va_end(arguments);
	return length;
}

int asprintf(char **to, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(to, format, arguments);
	va_end(arguments);
	return length;
}
