# Completion of the kumiki command for bash: source this file, or put it where bash-completion looks.
# tests/unit/tools/test_commands.c sees to it that no command and no long option is missing here.

_kumiki_partitions() {
    # The names in an image that stands on the line already.
    local word
    for word in "${COMP_WORDS[@]:2}"; do
        if [[ $word != -* && -f $word ]]; then
            kumiki show "$word" 2>/dev/null | sed -n 's/^partition [0-9]*: \([^,]*\),.*/\1/p'
        fi
    done
}

_kumiki() {
    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local commands='board check console draw gdb help pack rtos run show top trace'
    local options=''
    COMPREPLY=()
    if [[ $COMP_CWORD -eq 1 ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$commands --help --version" -- "$current")
        return
    fi
    case ${COMP_WORDS[1]} in
        board) options='--name --qemu-machine --qemu-cpu --qemu-cpus --instruction-time --core-power -o' ;;
        check) options='-I' ;;
        console) options='--partition --raw --log --command' ;;
        draw) options='-I --text -o' ;;
        gdb) options='--port' ;;
        help) options=$commands ;;
        pack) options='-I --frame -o' ;;
        rtos) options='check pack show core -I --kernel -o' ;;
        run) options='-I -o --frame --no-pack --link --icount --smp-threads --print' ;;
        show) options='--dtb -o' ;;
        top) options='--once --seconds' ;;
        trace) options='-o --raw --from --rtos --latency --last' ;;
    esac
    case $before in
        --command)
            mapfile -t COMPREPLY < <(compgen -W "help list log restart resume show start stop
                suspend top trace" -- "$current")
            return
            ;;
        --dtb)
            mapfile -t COMPREPLY < <(compgen -W "$(_kumiki_partitions)" -- "$current")
            return
            ;;
        -I | --log)
            mapfile -t COMPREPLY < <(compgen -d -- "$current")
            return
            ;;
        -o | --frame | --kernel | --no-pack | --link | --raw | --from)
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            return
            ;;
    esac
    if [[ $current == -* || ${COMP_WORDS[1]} == help ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options --help" -- "$current")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    fi
}

complete -o filenames -F _kumiki kumiki
