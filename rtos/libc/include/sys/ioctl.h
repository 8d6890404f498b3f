/* This header is empty, as no file or device has ioctl requests. Programs use #ifdef for the
 * requests that they know. */
#ifndef SYS_IOCTL_H
#define SYS_IOCTL_H

#endif
