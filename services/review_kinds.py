"""Every kind of record that is reviewed. Importing this module declares them."""

from services import posts, reviews

reviews.declare(posts.KIND)
