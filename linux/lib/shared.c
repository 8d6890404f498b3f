/* SPDX-License-Identifier: MIT-0 */
/* State that the programs which use the panel share: see libkumiki/device.h. */
#include <errno.h>
#include <fcntl.h>
#include <libkumiki/libkumiki.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SHARED_PATH "/run/kumiki-panel"

static int shared_fail(struct kumiki *kumiki, const char *what)
{
	return kumiki_fail(kumiki,
	                   "can't %s %s" SHARED_PATH
	                   ": %s: programs that use the panel need it to know of each other; is "
	                   "there a writable /run, and is this root?",
	                   what, kumiki->device.root, strerror(errno));
}

int kumiki_shared_open(struct kumiki *kumiki)
{
	char path[KUMIKI_PATH_SIZE];
	struct kumiki_shared shared;

	(void)snprintf(path, sizeof(path), "%s" SHARED_PATH, kumiki->device.root);
	kumiki->device.shared = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (kumiki->device.shared < 0)
		return shared_fail(kumiki, "open");
	if (kumiki_shared_read(kumiki, &shared) != 0)
		return -1;
	memcpy(kumiki->heard, shared.heard, sizeof(kumiki->heard));
	return 0;
}

/* A new file is empty, so the state is all zeros. */
int kumiki_shared_read(struct kumiki *kumiki, struct kumiki_shared *shared)
{
	memset(shared, 0, sizeof(*shared));
	if (pread(kumiki->device.shared, shared, sizeof(*shared), 0) < 0)
		return shared_fail(kumiki, "read");
	return 0;
}

int kumiki_shared_write(struct kumiki *kumiki, const struct kumiki_shared *shared)
{
	if (pwrite(kumiki->device.shared, shared, sizeof(*shared), 0) != (ssize_t)sizeof(*shared))
		return shared_fail(kumiki, "write");
	return 0;
}
