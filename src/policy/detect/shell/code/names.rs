//! Names of functions that matter, in any of the languages.

use crate::policy::detect::shell::catalogue::Language;

/// What a call does with its first argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Gives it to a shell, or starts it.
    Run,
    /// Evaluates it as code of the same language.
    Evaluate,
    /// Deletes it and all below it.
    DeleteTree,
    Delete,
    Truncate,
    /// Opens it; what for, its second argument says.
    Open,
    /// Sends it to a database.
    Statement,
    /// Deletes whatever it is called on.
    DeleteObject,
    /// Turns a text into code or a name nobody can read.
    Hide,
}

/// What a name that is called does; `member` is what it is a member of.
pub(super) fn kind(name: &str, language: Language, imports: Imports) -> Option<Kind> {
    use Language::{JavaScript, Lua, Mongo, Other, Perl, Php, Python, Ruby};
    let (member, last) = name.rsplit_once('.').unwrap_or(("", name));
    let scripted = matches!(language, Ruby | Perl | Php | Lua | Other);
    Some(match last {
        "drop" | "dropDatabase" | "deleteMany" | "dropIndexes" | "dropIndex" | "dropAllUsers"
        | "dropAllRoles" | "dropUser" | "shutdownServer" | "remove" | "deleteOne" | "findOneAndDelete"
        | "renameCollection"
            if language == Mongo =>
        {
            Kind::DeleteObject
        }
        "system"
        | "popen"
        | "popen2"
        | "popen3"
        | "shell_exec"
        | "passthru"
        | "proc_open"
        | "pcntl_exec"
        | "execSync"
        | "spawnSync"
        | "execFile"
        | "execFileSync"
        | "check_call"
        | "check_output"
        | "getoutput"
        | "getstatusoutput"
        | "Popen"
        | "execv"
        | "execve"
        | "execvp"
        | "execvpe"
        | "execl"
        | "execlp"
        | "execle"
        | "spawnl"
        | "spawnv"
        | "spawnlp"
        | "spawnvp"
        | "posix_spawn"
        | "capture2"
        | "capture2e"
        | "capture3"
        | "pipeline"
        | "create_subprocess_shell"
        | "create_subprocess_exec"
        | "system2"
        | "startProcess"
        | "CreateProcess"
        | "ShellExecute" => Kind::Run,
        "run" | "call" if imports.processes => Kind::Run,
        "spawn" if matches!(language, JavaScript | Ruby) || member == "pty" => Kind::Run,
        "execute" if language == Lua => Kind::Run,
        "exec" if language == Python => Kind::Evaluate,
        "exec" if scripted || language == JavaScript && !is_pattern(member) => Kind::Run,
        "Command" if member == "Deno" => Kind::Run,
        // `do shell script "..."`
        "script" if language == Other => Kind::Run,
        "eval" | "instance_eval" | "class_eval" | "loadstring" | "runInNewContext" | "runInThisContext"
        | "runInContext" => Kind::Evaluate,
        "Function" if language == JavaScript => Kind::Evaluate,
        "assert" | "create_function" if language == Php => Kind::Evaluate,
        "rmtree"
        | "rm_rf"
        | "rm_r"
        | "remove_tree"
        | "removeSync"
        | "rmSync"
        | "rmdirSync"
        | "rimraf"
        | "emptyDir"
        | "emptyDirSync"
        | "remove_entry_secure"
        | "remove_entry"
        | "rm_f"
        | "deltree"
        | "secure_rmtree" => Kind::DeleteTree,
        "rm" | "rmdir" | "remove"
            if matches!(language, JavaScript | Ruby) && (imports.files || is_files(member)) =>
        {
            Kind::DeleteTree
        }
        "unlink" | "unlinkSync" | "removedirs" | "file_put_delete" | "unlink_if_exists" => Kind::Delete,
        "remove" | "rmdir" | "delete" | "rename"
            if matches!(member, "os" | "File" | "Dir" | "FileUtils" | "Pathname") =>
        {
            Kind::Delete
        }
        "rmdir" | "rm" if scripted && member.is_empty() => Kind::Delete,
        "truncate" | "truncateSync" | "ftruncate" => Kind::Truncate,
        "open" | "fopen" | "writeFileSync" | "writeFile" | "file_put_contents" | "write_text"
        | "createWriteStream" => Kind::Open,
        "execute" | "executemany" | "executescript" | "query" | "raw" | "executeUpdate" | "prepare"
        | "$executeRawUnsafe" | "exec_query" | "do" => Kind::Statement,
        "delete_all" | "destroy_all" | "drop_database" | "drop_collection" | "delete_many" | "drop_all"
        | "dropDatabase" | "flushall" | "flushdb" | "flushAll" | "flushDb" | "deleteMany" | "drop_table"
        | "dropTable" | "truncate_table" => Kind::DeleteObject,
        "delete" if !member.is_empty() => Kind::DeleteObject,
        _ if ["delete_", "terminate_", "destroy_", "purge_", "drop_"]
            .iter()
            .any(|verb| last.starts_with(verb))
            && !member.is_empty() =>
        {
            Kind::DeleteObject
        }
        "__import__"
        | "getattr"
        | "import_module"
        | "b64decode"
        | "decodebytes"
        | "a85decode"
        | "b32decode"
        | "b85decode"
        | "fromhex"
        | "unhexlify"
        | "atob"
        | "fromCharCode"
        | "base64_decode"
        | "str_rot13"
        | "gzinflate"
        | "gzuncompress"
        | "hex2bin"
        | "decode64"
        | "unpack1"
        | "unpack"
        | "call_user_func"
        | "call_user_func_array"
        | "public_send"
        | "__send__"
        | "instance_method"
        | "const_get"
        | "constantize"
        | "run_module"
        | "run_path"
        | "loads"
        | "globals"
        | "vars"
        | "locals"
        | "attrgetter"
        | "methodcaller"
        | "array_map"
        | "usort"
        | "decompress"
            if !(last == "loads" && !matches!(member, "pickle" | "marshal" | "dill")
                || matches!(last, "unpack" | "unpack1" | "decompress") && language == Python) =>
        {
            Kind::Hide
        }
        "pack" | "chr" if matches!(language, Perl | Php) => Kind::Hide,
        "send" | "method" if language == Ruby => Kind::Hide,
        _ => return None,
    })
}

/// What the code has asked for, under whatever name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Imports {
    pub(super) processes: bool,
    pub(super) files: bool,
}

fn is_files(member: &str) -> bool {
    ["fs", "fsp", "promises", "Deno", "FileUtils", "fse"]
        .iter()
        .any(|end| member.ends_with(end))
        || member.is_empty()
}

/// `/x/.exec("y")`: what is left of it is no name of a process module.
fn is_pattern(member: &str) -> bool {
    let lower = member.to_ascii_lowercase();
    lower.contains("re") && !lower.contains("require") || lower.contains("pattern") || lower.contains("match")
}

/// Whether a text is the name of a function that matters: `getattr(os, "system")`, `fs["rmSync"]`.
pub(super) fn hidden_name(text: &str, language: Language) -> bool {
    const NAMES: [&str; 20] = [
        "system",
        "popen",
        "rmtree",
        "execSync",
        "spawnSync",
        "rmSync",
        "rmdirSync",
        "unlinkSync",
        "shell_exec",
        "passthru",
        "proc_open",
        "rm_rf",
        "execFileSync",
        "check_output",
        "check_call",
        "Popen",
        "__import__",
        "eval",
        "exec",
        "unlink",
    ];
    language != Language::Mongo && NAMES.contains(&text)
}
