/* Empty: nothing that can be opened has a request of its own. Programs ask whether there is one of
 * those that they know before they use it. */
#ifndef SYS_IOCTL_H
#define SYS_IOCTL_H

#endif
