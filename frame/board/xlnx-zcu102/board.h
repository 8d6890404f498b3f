/* AMD's ZCU102 (Zynq UltraScale+): what the frame must know before it has read the bundle. */
#define BOARD_NAME           "xlnx-zcu102"
#define BOARD_UART           0xff000000
#define BOARD_UART_REGISTERS 0
