/* stdin, stdout and stderr: picolibc's buffered streams over descriptors 0, 1 and 2. A line's end
 * empties the buffer. */
#include "lock.h"
#include <stdio-bufio.h>
#include <stdio.h>
#include <unistd.h>

#define STREAM_SIZE 256

static char stream_in_bytes[STREAM_SIZE], stream_out_bytes[STREAM_SIZE],
    stream_error_bytes[STREAM_SIZE];
static struct __lock stream_in_lock, stream_out_lock, stream_error_lock;

static struct __file_bufio stream_in = FDEV_SETUP_BUFIO(STDIN_FILENO, stream_in_bytes, STREAM_SIZE,
                                                        read, write, lseek, close, __SRD, __BLBF);
static struct __file_bufio stream_out = FDEV_SETUP_BUFIO(
    STDOUT_FILENO, stream_out_bytes, STREAM_SIZE, read, write, lseek, close, __SWR, __BLBF);
static struct __file_bufio stream_error = FDEV_SETUP_BUFIO(
    STDERR_FILENO, stream_error_bytes, STREAM_SIZE, read, write, lseek, close, __SWR, __BLBF);

FILE *const stdin = &stream_in.xfile.cfile.file;
FILE *const stdout = &stream_out.xfile.cfile.file;
FILE *const stderr = &stream_error.xfile.cfile.file;

/* The macro above has no fields for the locks. */
__attribute__((constructor)) static void stream_begin(void)
{
	stream_in.lock = &stream_in_lock;
	stream_out.lock = &stream_out_lock;
	stream_error.lock = &stream_error_lock;
}

__attribute__((destructor)) static void stream_end(void)
{
	(void)fflush(stdout);
	(void)fflush(stderr);
}
