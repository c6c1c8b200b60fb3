//! Rust's serde_json, with numbers as text and members in order. Prints what ../../README.md says.

use serde::Deserialize;
use serde_json::Value;
use std::fmt::Write;

fn hexadecimal(out: &mut String, text: &str) {
    for byte in text.bytes() {
        write!(out, "{byte:02x}").unwrap();
    }
}

fn dump(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push('z'),
        Value::Bool(value) => out.push(if *value { 't' } else { 'f' }),
        Value::Number(number) => write!(out, "n{number}").unwrap(),
        Value::String(text) => {
            out.push('s');
            hexadecimal(out, text);
        }
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                dump(out, item);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (i, (key, item)) in members.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                hexadecimal(out, key);
                out.push(':');
                dump(out, item);
            }
            out.push('}');
        }
    }
}

fn read(document: &[u8]) -> Result<Value, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(document);
    deserializer.disable_recursion_limit();
    let value = Value::deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

fn main() {
    let folder = std::env::args().nth(1).expect("usage: json_oracle FOLDER");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        let name = file.file_name().unwrap().to_str().unwrap();
        match read(&std::fs::read(&file).unwrap()) {
            Ok(value) => {
                let mut text = String::new();
                dump(&mut text, &value);
                println!("{name}\taccept\t{text}");
            }
            Err(_) => println!("{name}\treject\t"),
        }
    }
}
