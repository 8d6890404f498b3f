/* The table of services; see state/services.h and docs/inside/architecture.md. */
#include <state/core.h>
#include <state/services.h>

/* Where their images lie (services.S). */
extern const uint8_t service_console_image[], service_console_end[];
extern const uint8_t service_broker_image[], service_broker_end[];
extern const uint8_t service_loader_image[], service_loader_end[];
extern const uint8_t service_warden_image[], service_warden_end[];
extern const uint8_t service_updater_image[], service_updater_end[];

#define CALL(number) (1u << (number))

const struct service_row service_rows[CONTEXT_KINDS] = {
    [CONTEXT_LOADER] =
        {
            .image = service_loader_image,
            .image_end = service_loader_end,
            .data_size = LOADER_DATA_SIZE,
            .maps = SERVICE_SEES_PARTITION,
            .calls = CALL(SERVICE_TIME) | CALL(SERVICE_DONE),
            .timer = TIMER_COUNT,
            .trace_id = TRACE_LOADER,
            .is_job = true,
        },
    [CONTEXT_BROKER] =
        {
            .image = service_broker_image,
            .image_end = service_broker_end,
            .data_size = BROKER_DATA_SIZE,
            .maps = SERVICE_SEES_CHANNEL,
            .calls = CALL(SERVICE_REST) | CALL(SERVICE_ANSWER) | CALL(SERVICE_CHANGED) |
                     CALL(SERVICE_TELL),
            .tells = SERVICE_EVENT_SAID,
            .timer = TIMER_COUNT,
            .trace_id = TRACE_BROKER,
        },
    [CONTEXT_CONSOLE] =
        {
            .image = service_console_image,
            .image_end = service_console_end,
            .data_size = CONSOLE_DATA_SIZE,
            .maps = SERVICE_SEES_UART | SERVICE_SEES_BUNDLE | SERVICE_SEES_ACCOUNTS |
                    SERVICE_SEES_TRACES | SERVICE_SEES_DMA_LOG | SERVICE_SEES_RINGS |
                    SERVICE_SEES_BOX | SERVICE_SEES_CHANNELS | SERVICE_SEES_UPDATE,
            .calls = CALL(SERVICE_TIME) | CALL(SERVICE_WAIT) | CALL(SERVICE_NOTIFY) |
                     CALL(SERVICE_COMMAND) | CALL(SERVICE_MOVE) | CALL(SERVICE_TRACE) |
                     CALL(SERVICE_TELL),
            .events = SERVICE_EVENT_OUTPUT | SERVICE_EVENT_UART | SERVICE_EVENT_STATE |
                      SERVICE_EVENT_SAID,
            .tells = SERVICE_EVENT_ASKED | SERVICE_EVENT_PIECE,
            .timer = TIMER_CONSOLE,
            .trace_id = TRACE_CONSOLE,
            .is_last = true,
        },
    [CONTEXT_WARDEN] =
        {
            .image = service_warden_image,
            .image_end = service_warden_end,
            .data_size = WARDEN_DATA_SIZE,
            .maps =
                SERVICE_SEES_BUNDLE | SERVICE_SEES_ACCOUNTS | SERVICE_SEES_LIVES | SERVICE_SEES_BOX,
            .calls = CALL(SERVICE_TIME) | CALL(SERVICE_WAIT) | CALL(SERVICE_MOVE) |
                     CALL(SERVICE_POWER) | CALL(SERVICE_HOLD) | CALL(SERVICE_TELL),
            .events = SERVICE_EVENT_STATE | SERVICE_EVENT_NEED | SERVICE_EVENT_POLICY |
                      SERVICE_EVENT_ASKED | SERVICE_EVENT_CORES,
            .tells = SERVICE_EVENT_SAID,
            .timer = TIMER_WARDEN,
            .trace_id = TRACE_WARDEN,
        },
    [CONTEXT_UPDATER] =
        {
            .image = service_updater_image,
            .image_end = service_updater_end,
            .data_size = UPDATER_DATA_SIZE,
            .maps = SERVICE_SEES_BUNDLE | SERVICE_SEES_ACCOUNTS | SERVICE_SEES_UPDATE |
                    SERVICE_SEES_SPARE,
            .calls =
                CALL(SERVICE_TIME) | CALL(SERVICE_WAIT) | CALL(SERVICE_TELL) | CALL(SERVICE_UPDATE),
            .events = SERVICE_EVENT_PIECE,
            .tells = SERVICE_EVENT_SAID,
            .timer = TIMER_UPDATER,
            .trace_id = TRACE_UPDATER,
        },
};
