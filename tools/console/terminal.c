/* The person's terminal: see terminal.h. A program has only one, so its settings are kept in this
 * file. */
#include "session.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct termios settings;
static bool is_raw;
static volatile sig_atomic_t ended;

void terminal_restore(void)
{
	if (is_raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &settings);
	is_raw = false;
}

static void terminal_signal(int number)
{
	(void)number;
	ended = 1;
}

/* Doesn't set SA_RESTART, so that poll() returns. */
void terminal_catch(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct sigaction action = {.sa_handler = terminal_signal};

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
}

void terminal_raw(void)
{
	struct termios raw;

	terminal_catch();
	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &settings) != 0)
		return;
	atexit(terminal_restore);
	raw = settings;
	cfmakeraw(&raw);
	is_raw = tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
}

bool terminal_ended(void)
{
	return ended != 0;
}

uint16_t terminal_columns(int output)
{
	struct winsize size;

	if (ioctl(output, TIOCGWINSZ, &size) != 0)
		return 0;
	return size.ws_col;
}
