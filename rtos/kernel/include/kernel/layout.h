/*
 * The kernel's virtual addresses: 39 bits above (TTBR1). The image is linked in the middle, so that
 * the linear map of RAM reaches 256 GiB to both sides of it.
 */
#ifndef KERNEL_LAYOUT_H
#define KERNEL_LAYOUT_H

#define LAYOUT_TEXT 0xffffffc000000000

/* The device tree while the kernel reads it, and device registers; both in blocks of 2 MiB. */
#define LAYOUT_TREE    0xffffff8000000000
#define LAYOUT_DEVICES 0xffffff8040000000

#define LAYOUT_STACK_SIZE 4096 /* of each CPU; below it a page that isn't mapped */
#define LAYOUT_STACK_STEP 8192

#endif
