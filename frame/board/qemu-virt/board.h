/* QEMU's virt machine: what the frame must know before it has read the bundle. */
#define BOARD_NAME           "qemu-virt"
#define BOARD_UART           0x09000000
#define BOARD_UART_REGISTERS 0
