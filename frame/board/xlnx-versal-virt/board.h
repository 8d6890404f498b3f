/* QEMU's xlnx-versal-virt: what the frame must know before it has read the bundle. */
#define BOARD_NAME           "xlnx-versal-virt"
#define BOARD_UART           0xff000000
#define BOARD_UART_REGISTERS 0
