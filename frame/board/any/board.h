/* Any board: `kumiki pack` writes its name, and where its UART is, into the frame's header. */
#define BOARD_NAME ""
#define BOARD_UART 0
