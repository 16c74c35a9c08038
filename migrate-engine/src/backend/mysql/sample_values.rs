//! Synthetic values for the types that only MariaDB and MySQL have.

use migrate_schema::value::Value;

/// Returns a value of such a type, by its name in lower case.
pub(super) fn value(data_type: &str, number: u32) -> Option<Value> {
    let name = data_type.split(['(', ' ']).next().unwrap_or(data_type);
    let (high, low) = (number / 256 % 256, number % 256);
    Some(match name {
        "inet4" => format!("10.0.{high}.{low}").into(),
        "inet6" => format!("fd00::{number:x}").into(),
        "vector" => vector(data_type, number),
        "geometry" | "point" | "linestring" | "polygon" | "multipoint" | "multilinestring"
        | "multipolygon" | "geometrycollection" | "geomcollection" => {
            // The servers store the ID of the coordinate system before the well-known binary form.
            let mut bytes = vec![0; 4];
            bytes.extend(geometry(name, f64::from(number % 90)));
            Value::Blob(bytes)
        }
        _ => return None,
    })
}

/// Returns a geometry in its well-known binary form, in little-endian order.
fn geometry(name: &str, x: f64) -> Vec<u8> {
    let corner = |corner: u32| point(x + f64::from(corner % 2), f64::from(corner / 2));
    let line = |corners: &[u32]| {
        let points = corners.iter().flat_map(|one| corner(*one));
        counted(corners.len(), points.collect())
    };
    let one_of = |name| counted(1, geometry(name, x));
    let (code, body) = match name {
        "linestring" => (2_u32, line(&[0, 3])),
        // The last point of the ring is the first one.
        "polygon" => (3, counted(1, line(&[0, 1, 3, 0]))),
        "multipoint" => (4, one_of("point")),
        "multilinestring" => (5, one_of("linestring")),
        "multipolygon" => (6, one_of("polygon")),
        "geometrycollection" | "geomcollection" => (7, one_of("point")),
        _ => (1, corner(0)),
    };
    let mut bytes = vec![1];
    bytes.extend(code.to_le_bytes());
    bytes.extend(body);
    bytes
}

fn counted(count: usize, body: Vec<u8>) -> Vec<u8> {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    let mut bytes = count.to_le_bytes().to_vec();
    bytes.extend(body);
    bytes
}

fn point(x: f64, y: f64) -> Vec<u8> {
    [x.to_le_bytes(), y.to_le_bytes()].concat()
}

/// Returns as many 32-bit numbers as the type declares.
fn vector(data_type: &str, number: u32) -> Value {
    let inside = data_type.split(['(', ')']).nth(1).unwrap_or_default();
    let length = inside.trim().parse().unwrap_or(3_usize);
    #[allow(clippy::cast_precision_loss, reason = "any number will do")]
    let first = number as f32;
    let numbers = std::iter::once(first).chain(std::iter::repeat(1.0));
    let bytes = numbers.take(length).flat_map(f32::to_le_bytes);
    Value::Blob(bytes.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn geometries_have_the_requested_length() {
        let length = |word| match value(word, 1001) {
            Some(Value::Blob(bytes)) => bytes.len(),
            other => panic!("{other:?}"),
        };
        assert_eq!(length("point"), 4 + 5 + 16);
        assert_eq!(length("linestring"), 4 + 5 + 4 + 32);
        assert_eq!(length("polygon"), 4 + 5 + 4 + 4 + 64);
        assert_eq!(length("multipoint"), 4 + 5 + 4 + 21);
        assert_eq!(length("vector(5)"), 20);
        assert_eq!(value("int", 1), None);
    }
}
