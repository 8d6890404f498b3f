/* Any board with an interrupt controller and a UART: `any-gicv2-imx`, for example. `kumiki pack`
 * writes the board's name, and where its UART is, into the frame's header. */
#define BOARD_NAME           FRAME_ANY_NAME
#define BOARD_UART           0
#define BOARD_UART_REGISTERS 0
