# Completion of the kumiki command for bash: source this file, or put it where bash-completion looks.

# The commands, and the options of each: completion.sh puts them in.
_kumiki_options() {
    case $1 in
@OPTIONS@
    esac
}

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
    local commands='@COMMANDS@ help'
    local options
    COMPREPLY=()
    if [[ $COMP_CWORD -eq 1 ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$commands --help --version" -- "$current")
        return
    fi
    options=$(_kumiki_options "${COMP_WORDS[1]}")
    if [[ ${COMP_WORDS[1]} == help ]]; then
        options=$commands
    fi
    case $before in
        --command)
            mapfile -t COMPREPLY < <(compgen -W "accounts cores help list log restart resume show start stop
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
