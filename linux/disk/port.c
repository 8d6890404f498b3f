/* The port of a channel: Linux's virtio_console lists it by its name. */
#include "disk.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define PORTS "/sys/class/virtio-ports"

static bool has_name(const char *port, const char *name)
{
	char path[512], line[128] = "";
	FILE *file;

	(void)snprintf(path, sizeof(path), PORTS "/%s/name", port);
	file = fopen(path, "r");
	if (file == NULL)
		return false;
	if (fgets(line, sizeof(line), file) != NULL)
		line[strcspn(line, "\n")] = 0;
	(void)fclose(file);
	return strcmp(line, name) == 0;
}

int disk_open_port(const char *channel)
{
	DIR *folder = opendir(PORTS);
	char path[512] = "";

	if (folder == NULL)
		return -1;
	for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder))
		if (entry->d_name[0] != '.' && has_name(entry->d_name, channel))
			(void)snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
	(void)closedir(folder);
	return path[0] != 0 ? open(path, O_RDWR | O_CLOEXEC) : -1;
}
