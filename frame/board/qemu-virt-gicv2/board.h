/* QEMU's virt machine with a GICv2: what the frame must know before it has read the bundle. */
#define BOARD_NAME           "qemu-virt-gicv2"
#define BOARD_UART           0x09000000
#define BOARD_UART_REGISTERS 0
