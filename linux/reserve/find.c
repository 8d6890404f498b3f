/* See find.h. A filter in the kernel lets only new programs through: else each fork of a storm of
 * forks would wake this process. */
#include "find.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIND_BUFFER      (1 << 20)
#define FIND_PATH_SIZE   512u
#define FIND_STATUS_SIZE 512u /* of the beginning of /proc/PID/status, which says the user */
#define FIND_COMM        15u  /* characters of a program's name that the kernel keeps */

/* A message of the connector: its heads, and what happened. */
struct find_message {
	struct nlmsghdr head;
	struct cn_msg cn;
	char event[sizeof(struct proc_event)];
};
#define FIND_WHAT (sizeof(struct nlmsghdr) + sizeof(struct cn_msg))

static bool filter_news(int news)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIND_WHAT),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_EXEC), 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	    BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

	return setsockopt(news, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0;
}

static bool ask_for_news(int news)
{
	struct {
		struct nlmsghdr head;
		struct cn_msg cn;
		enum proc_cn_mcast_op wish;
	} message = {
	    .head = {.nlmsg_len = sizeof(message), .nlmsg_type = NLMSG_DONE},
	    .cn = {.id = {CN_IDX_PROC, CN_VAL_PROC}, .len = sizeof(message.wish)},
	    .wish = PROC_CN_MCAST_LISTEN,
	};

	return send(news, &message, sizeof(message), 0) == (ssize_t)sizeof(message);
}

int find_open(void)
{
	const struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};
	const int size = FIND_BUFFER;
	const int news =
	    socket(PF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
	int error;

	if (news < 0)
		return -1;
	(void)setsockopt(news, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (filter_news(news) &&
	    bind(news, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
	    ask_for_news(news))
		return news;
	error = errno;
	(void)close(news);
	errno = error;
	return -1;
}

enum find_news find_next(int news, int *process)
{
	struct find_message message;
	struct proc_event event;
	const ssize_t length = recv(news, &message, sizeof(message), 0);

	if (length < 0)
		return errno == EAGAIN || errno == EINTR ? FIND_NOTHING : FIND_LOST;
	if ((size_t)length <
	    FIND_WHAT + offsetof(struct proc_event, event_data) + sizeof(event.event_data.exec))
		return FIND_LOST;
	memcpy(&event, message.event, sizeof(event));
	*process = event.event_data.exec.process_tgid;
	return FIND_PROCESS;
}

static bool read_file(const char *root, int process, const char *name, char *text, size_t size)
{
	char path[FIND_PATH_SIZE];
	FILE *file;
	size_t length;

	(void)snprintf(path, sizeof(path), "%s/proc/%d/%s", root, process, name);
	file = fopen(path, "re");
	if (file == NULL)
		return false;
	length = fread(text, 1, size - 1, file);
	text[length] = '\0';
	(void)fclose(file);
	return length != 0;
}

static void read_name(const char *root, int process, char name[FIND_COMM + 2])
{
	if (!read_file(root, process, "comm", name, FIND_COMM + 2))
		name[0] = '\0';
	name[strcspn(name, "\n")] = '\0';
}

/* The one who started it, even if the program has the rights of its file's owner. */
uint32_t find_user(const char *root, int process)
{
	char text[FIND_STATUS_SIZE];
	const char *line;

	if (!read_file(root, process, "status", text, sizeof(text)))
		return UINT32_MAX;
	line = strstr(text, "\nUid:");
	return line != NULL ? (uint32_t)strtoul(line + sizeof("Uid:"), NULL, 10) : UINT32_MAX;
}

static bool is_meant(const struct reserve_entry *entry, const char *root, int process)
{
	const uint32_t user = entry->user[0] != '\0' ? find_user(root, process) : 0;

	return user == 0 || user == entry->user_number;
}

static bool look_up_user(struct reserve_entry *entry, FILE *users)
{
	const struct passwd *user;

	entry->user_number = (uint32_t)strtoul(entry->user, NULL, 10);
	if (entry->user[strspn(entry->user, "0123456789")] == '\0')
		return true;
	while (users != NULL && (user = fgetpwent(users)) != NULL)
		if (strcmp(user->pw_name, entry->user) == 0) {
			entry->user_number = user->pw_uid;
			return true;
		}
	return false;
}

bool find_users(struct reserve *reserve, const char *path, const char *root, FILE *err)
{
	char whole[FIND_PATH_SIZE];
	bool good = true;

	(void)snprintf(whole, sizeof(whole), "%s/etc/passwd", root);
	for (uint32_t i = 0; i < reserve->count; i++) {
		struct reserve_entry *entry = &reserve->list[i];
		FILE *users = fopen(whole, "re");

		if (entry->user[0] != '\0' && !look_up_user(entry, users)) {
			fprintf(err,
			        "%s:%" PRIu32 ": [%s] is for user '%s', who isn't in /etc/passwd; "
			        "write the number\n",
			        path, entry->line, entry->name, entry->user);
			good = false;
		}
		if (users != NULL)
			(void)fclose(users);
	}
	return good;
}

/* Which file this is: a path proves nothing, as anybody can make his own tree of folders. What the
 * kernel knows of it is enough: a file system of somebody's own could let this wait for ever. */
static bool look_at_file(const char *root, const char *path, struct statx *file)
{
	char whole[FIND_PATH_SIZE];

	(void)snprintf(whole, sizeof(whole), "%s%s", root, path);
	return statx(AT_FDCWD, whole, AT_STATX_DONT_SYNC, STATX_INO, file) == 0;
}

static bool is_file(const char *root, const char *path, const struct statx *program)
{
	struct statx file;

	return look_at_file(root, path, &file) && file.stx_ino == program->stx_ino &&
	       file.stx_dev_major == program->stx_dev_major &&
	       file.stx_dev_minor == program->stx_dev_minor;
}

uint32_t find_section(const struct reserve *reserve, const char *root, int process)
{
	char path[FIND_PATH_SIZE], name[FIND_COMM + 2];
	struct statx program;

	(void)snprintf(path, sizeof(path), "/proc/%d/exe", process);
	if (!look_at_file(root, path, &program))
		return errno == ENOENT || errno == ESRCH ? FIND_GONE : FIND_NOBODY;
	read_name(root, process, name);
	for (uint32_t i = 0; i < reserve->count; i++) {
		const struct reserve_entry *entry = &reserve->list[i];

		if (entry->by == RESERVE_BY_PROGRAM &&
		    (entry->what[0] == '/' ? is_file(root, entry->what, &program)
		                           : strncmp(entry->what, name, FIND_COMM) == 0) &&
		    is_meant(entry, root, process))
			return i;
	}
	return FIND_NOBODY;
}

void find_all(const char *root, void (*found)(void *to, int process), void *to)
{
	char path[FIND_PATH_SIZE];
	struct dirent *entry;
	DIR *folder;

	(void)snprintf(path, sizeof(path), "%s/proc", root);
	folder = opendir(path);
	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		char *end;
		const long process = strtol(entry->d_name, &end, 10);

		if (process > 0 && *end == '\0')
			found(to, (int)process);
	}
	if (folder != NULL)
		(void)closedir(folder);
}
