/* NXP's i.MX 8M Plus EVK: what the frame must know before it has read the bundle. */
#define BOARD_NAME           "imx8mp-evk"
#define BOARD_UART           0x30890000
#define BOARD_UART_REGISTERS 0
