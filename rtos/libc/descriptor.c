/* See descriptor.h. */
#include "descriptor.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

static struct descriptor descriptors[DESCRIPTORS] = {
    {.kind = &descriptor_console, .flags = O_RDONLY},
    {.kind = &descriptor_console, .flags = O_WRONLY},
    {.kind = &descriptor_console, .flags = O_WRONLY},
};

struct descriptor *descriptor_at(int number)
{
	if (number >= 0 && number < DESCRIPTORS && descriptors[number].kind != NULL)
		return &descriptors[number];
	errno = EBADF;
	return NULL;
}

/* Two threads may call this function at once. The thread that sets a place's kind gets the place.
 */
int descriptor_new(const struct descriptor_kind *kind, int flags, const struct fs *fs, uint64_t id)
{
	for (int i = 0; i < DESCRIPTORS; i++) {
		const struct descriptor_kind *none = NULL;

		if (!__atomic_compare_exchange_n(&descriptors[i].kind, &none, kind, false,
		                                 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			continue;
		descriptors[i].flags = flags;
		descriptors[i].fs = fs;
		descriptors[i].id = id;
		descriptors[i].offset = 0;
		return i;
	}
	errno = EMFILE;
	return -1;
}

void descriptor_free(int number)
{
	__atomic_store_n(&descriptors[number].kind, NULL, __ATOMIC_RELEASE);
}

int descriptor_number(const struct descriptor *descriptor)
{
	return (int)(descriptor - descriptors);
}

ssize_t read(int number, void *to, size_t size)
{
	struct descriptor *descriptor = descriptor_at(number);

	if (descriptor == NULL)
		return -1;
	if ((descriptor->flags & O_ACCMODE) == O_WRONLY) {
		errno = EBADF;
		return -1;
	}
	return descriptor->kind->read(descriptor, to, size);
}

ssize_t write(int number, const void *from, size_t size)
{
	struct descriptor *descriptor = descriptor_at(number);

	if (descriptor == NULL)
		return -1;
	if ((descriptor->flags & O_ACCMODE) == O_RDONLY) {
		errno = EBADF;
		return -1;
	}
	return descriptor->kind->write(descriptor, from, size);
}

off_t lseek(int number, off_t offset, int whence)
{
	struct descriptor *descriptor = descriptor_at(number);

	return descriptor == NULL ? -1 : descriptor->kind->seek(descriptor, offset, whence);
}

int fstat(int number, struct stat *status)
{
	struct descriptor *descriptor = descriptor_at(number);

	return descriptor == NULL ? -1 : descriptor->kind->status(descriptor, status);
}

int close(int number)
{
	struct descriptor *descriptor = descriptor_at(number);

	if (descriptor == NULL)
		return -1;
	if (descriptor->kind->close != NULL)
		descriptor->kind->close(descriptor);
	descriptor_free(number);
	return 0;
}

/* Only O_NONBLOCK can be changed; only sockets look at that flag. */
int fcntl(int number, int command, ...)
{
	struct descriptor *descriptor = descriptor_at(number);
	va_list arguments;
	int flags;

	if (descriptor == NULL)
		return -1;
	if (command == F_GETFL)
		return descriptor->flags;
	if (command != F_SETFL) {
		errno = EINVAL;
		return -1;
	}
	va_start(arguments, command);
	flags = va_arg(arguments, int);
	va_end(arguments);
	descriptor->flags = (descriptor->flags & ~O_NONBLOCK) | (flags & O_NONBLOCK);
	return 0;
}

int isatty(int number)
{
	const struct descriptor *descriptor = descriptor_at(number);

	if (descriptor == NULL)
		return 0;
	if (descriptor->kind == &descriptor_console)
		return 1;
	errno = ENOTTY;
	return 0;
}
