/* Raspberry Pi 4 Model B: what the frame must know before it has read the bundle. */
#define BOARD_NAME           "raspi4b"
#define BOARD_UART           0xfe201000
#define BOARD_UART_REGISTERS 0
#define BOARD_SPIN_TABLE     0xd8 /* a word of 64 bits for each core: where it goes */
